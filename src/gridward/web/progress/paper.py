"""The progress page as HTML: plain, whole without a script, in any browser, on any screen, and on paper."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from gridward.domain.territory import Language
from gridward.web.progress.words import LANGUAGES

STYLE = Path(__file__).with_name("paper.css").read_text()
STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{STYLE_DIGEST}'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    address: str
    width: int
    height: int
    after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the story."""

    when: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Everything that stands on the page, in words; nothing else of a ticket comes here."""

    language: Language
    other_language: str
    community: str
    kind: str
    number: str
    tone: str
    shape: str
    state: str
    due: str | None
    late: bool
    place: str
    pictures: Sequence[Picture]
    photos_wait: bool
    says: str | None
    sentence: str | None
    story: Sequence[Told]
    telephone: str | None
    as_of: str


def page(paper: Paper) -> str:
    words = LANGUAGES[paper.language]
    parts = [
        f'<p class="state {paper.tone}"><span aria-hidden="true">{paper.shape}</span> {escape(paper.state)}</p>',
        f'<p class="due{" late" if paper.late else ""}">{escape(paper.due)}</p>' if paper.due else "",
        _place(paper, words),
        _pictures(paper, words),
        _sentence(paper),
        _story(paper, words),
    ]
    head = f"<h1>{escape(paper.kind)}</h1><p class=no>{escape(paper.number)}</p>"
    title = f"{paper.kind} · {paper.state}"
    return _document(paper.language, title, paper.community, head + "".join(parts), _foot(paper, words))


def instead(language: Language, other_language: str, what: Literal["unknown", "busy"], telephone: str | None) -> str:
    """Where nothing can be shown. ``unknown`` is for an address that never was and for one that was taken back."""
    words = LANGUAGES[language]
    body = f"<h1>{escape(words[f'{what}_title'])}</h1><p>{escape(words[what])}</p>"
    other = f'<p><a href="{escape(other_language)}">{escape(words["other_language"])}</a></p>'
    foot = call(telephone, words) + other
    return _document(language, words[f"{what}_title"], "", body, foot)


def _document(language: Language, title: str, community: str, body: str, foot: str) -> str:
    top = f"{community} · {LANGUAGES[language]['page']}" if community else ""
    return document(language, title, top, body, foot)


def document(
    language: Language, title: str, top: str, body: str, foot: str, *, style: str = STYLE, script: str = ""
) -> str:
    """A whole page on this paper. ``body`` and ``foot`` are HTML, the rest is words."""
    code = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow, noarchive"><meta name="referrer" content="no-referrer">'
        '<meta name="format-detection" content="telephone=no">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header>{escape(top)}</header><main>{body}</main><footer>{foot}</footer>"
        f"{f'<script>{script}</script>' if script else ''}</body></html>"
    )


def _place(paper: Paper, words: Mapping[str, str]) -> str:
    if not paper.place:
        return ""
    return f'<p class="place"><b>{escape(words["where"])}</b> {escape(paper.place)}</p>'


def _pictures(paper: Paper, words: Mapping[str, str]) -> str:
    wait = f'<p class="quiet">{escape(words["photos_wait"])}</p>' if paper.photos_wait else ""
    sides = []
    for name, after in (("before", False), ("after", True)):
        shown = "".join(
            f'<a href="{escape(one.address)}"><img src="{escape(one.address)}" width="{one.width}" '
            f'height="{one.height}" alt="{escape(words[name])}"></a>'
            for one in paper.pictures
            if one.after is after
        )
        if shown:
            sides.append(f"<figure><figcaption>{escape(words[name])}</figcaption>{shown}</figure>")
    return (f'<div class="pair">{"".join(sides)}</div>' if sides else "") + wait


def _sentence(paper: Paper) -> str:
    if not paper.sentence:
        return ""
    return f"<blockquote><b>{escape(paper.says or '')}</b><p>{escape(paper.sentence)}</p></blockquote>"


def _story(paper: Paper, words: Mapping[str, str]) -> str:
    lines = "".join(f"<li><span>{escape(one.what)}</span><time>{escape(one.when)}</time></li>" for one in paper.story)
    return f"<h2>{escape(words['story'])}</h2><ol>{lines}</ol>" if lines else ""


def call(telephone: str | None, words: Mapping[str, str]) -> str:
    """Whom to call, where that is known."""
    if not telephone:
        return ""
    number = escape(telephone)
    return f'<p><a class="call" href="tel:{number}">{escape(words["call"])} {number}</a></p>'


def _foot(paper: Paper, words: Mapping[str, str]) -> str:
    return (
        f"{call(paper.telephone, words)}<p>{escape(words['promise'])}</p><p>{escape(paper.as_of)}</p>"
        f'<p><a href="{escape(paper.other_language)}">{escape(words["other_language"])}</a></p>'
    )
