"""Sheets of invites to print and cut: one page file per community, one card per person."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

import segno

from gridward.services.accounts.invites import Invited

STYLE = """
@page { size: A4; margin: 10mm }
* { box-sizing: border-box }
body { font: 11pt/1.5 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; margin: 0; color: #000 }
h1 { font-size: 14pt; margin: 0 0 4mm }
.note { border: 1px solid #000; padding: 2mm 3mm; margin: 0 0 4mm }
.cards { display: grid; grid-template-columns: 1fr 1fr; gap: 0 }
.card { border: 1px dashed #888; padding: 4mm; display: flex; gap: 4mm; break-inside: avoid; min-height: 62mm }
.card svg { width: 38mm; height: 38mm; flex: none }
.name { font-size: 15pt; font-weight: 700 }
.code { font: 700 17pt/1.3 monospace; white-space: nowrap }
ol { margin: 1mm 0 0; padding-left: 5mm; font-size: 9.5pt }
.until { font-size: 9pt; color: #333 }
"""


def write_sheets(
    folder: Path,
    sheets: Mapping[tuple[str, str], Sequence[Invited]],
    *,
    jurisdiction: str,
    public_url: str,
    zone_time: Mapping[str, str],
    stamp: str,
) -> list[Path]:
    """One file per community, readable by its owner only: whoever holds a card can come in as that person.

    Args:
        sheets: Invites by (code, name) of the community.
        zone_time: Invite id → until when it holds, in local words.
        stamp: Part of the file names, so that an older sheet is never overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    for (code, name), invited in sheets.items():
        path = folder / f"invites-{stamp}-{code or 'others'}.html"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(_page(f"{jurisdiction} · {name}", invited, public_url, zone_time))
        written.append(path)
    return written


def local_time(at: datetime | None) -> str:
    """``11月29日 12:00``."""
    return "" if at is None else f"{at.month}月{at.day}日 {at:%H:%M}"


def _page(title: str, invited: Sequence[Invited], public_url: str, until: Mapping[str, str]) -> str:
    cards = "\n".join(_card(one, public_url, until.get(str(one.invite_id), "")) for one in invited)
    return f"""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>{escape(title)} 邀请</title><style>{STYLE}</style>
<h1>{escape(title)} · 邀请 {len(invited)} 人</h1>
<p class="note">每张卡片只给本人，七天内有效，只能用一次。请剪开分发；没有发出的请销毁。</p>
<div class="cards">
{cards}
</div></html>
"""


def _card(one: Invited, public_url: str, until: str) -> str:
    qr = segno.make(one.url(public_url), error="m", micro=False).svg_inline(border=2, omitsize=True)
    code = ""
    if one.printed_code is not None:
        digits = f"{one.printed_code[:4]} {one.printed_code[4:]}"
        code = f'<div>或打开 {escape(public_url)}，填手机号和编号</div><div class="code">{digits}</div>'
    return f"""<div class="card">{qr}<div><div class="name">{escape(one.name)}</div>
<ol><li>用手机相机扫码</li><li>在浏览器里打开（不要用微信）</li><li>按「在这台手机上开始用」</li></ol>
{code}<div class="until">有效期至 {escape(until)}</div></div></div>"""
