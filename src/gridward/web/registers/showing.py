"""Registers on the screen and as files; the agenda of the dispatch meeting; what a month's sentence says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from gridward.domain.registers import COLUMNS, Register
from gridward.gateways.sheets import MEDIA, MOST_ROWS, SHEETS, Format, Sheet
from gridward.persistence import registers as stored
from gridward.persistence.database import ReadSession
from gridward.web.causes import CauseOut, causes_shown
from gridward.web.deps import Built, Parts
from gridward.web.gate import page_out
from gridward.web.registers import meeting_rows, rows
from gridward.web.registers.asking import Asked, Language, asked
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["registers"])

SHOWN = 300
PAGE = 1_000
FROM_GROUP = ("volunteer", "liaison")
"""As whom the group of volunteers reports."""

NAMES = {
    Register.cases: ("案件台账", "Case register"),
    Register.demands: ("民情台账", "What people told"),
    Register.visits: ("走访记录", "Visits"),
    Register.patrols: ("巡查日志", "Patrol log"),
    Register.meeting: ("派遣例会议程", "Dispatch meeting"),
}

Asks = Annotated[Asked, Depends(asked)]
Value = str | int | float | bool | datetime | None


class ColumnOut(BaseModel):
    key: str
    name: str


class RegisterOut(BaseModel):
    """The first 300 rows of ``total``; values stand under the keys of ``columns``."""

    name: Register
    month: str
    area: str | None
    as_of: datetime
    columns: list[ColumnOut]
    rows: list[dict[str, Value]]
    total: int


class RefusedOut(BaseModel):
    ticket: TicketBrief
    at: datetime
    unit: str | None
    reason: str | None
    reason_zh: str | None
    reason_en: str | None
    outcome: str | None
    turns: int


class UnhappyOut(BaseModel):
    ticket: TicketBrief
    at: datetime
    asked_again: bool


class ThanksOut(BaseModel):
    """Things that volunteers found in the month, and how many of them are done by now."""

    found: int
    done: int


class MeetingOut(BaseModel):
    """The agenda: what is overdue and what came back is of now, the rest of the month. At most 200 of each."""

    month: str
    area: str | None
    as_of: datetime
    thanks: ThanksOut
    overdue: list[TicketBrief]
    repeated: list[CauseOut]
    refused: list[RefusedOut]
    unhappy: list[UnhappyOut]


@router.get("/registers/meeting/agenda")
async def read_agenda(asks: Asks) -> MeetingOut:
    """What the dispatch meeting of a month talks about."""
    found = await meeting_rows.agenda(asks.session, asks)
    fields = fields_for(asks.actor)

    def shown(ticket_id: UUID) -> Any:
        row = found.tickets.get(ticket_id)
        return None if row is None else brief(row, fields(row), asks.of.at)

    refused = [(shown(one.ticket_id), one) for one in found.refused]
    unhappy = [(shown(one.ticket_id), one) for one in found.unhappy]
    counted = await stored.thanks(asks.session, asks.of, FROM_GROUP)
    return MeetingOut(
        month=asks.month.name,
        area=asks.area,
        as_of=asks.of.at,
        thanks=ThanksOut(found=counted.found, done=counted.done),
        overdue=[ticket for ticket in map(shown, found.overdue) if ticket is not None],
        repeated=await causes_shown(asks.session, asks.actor, found.repeated, asks.of.at),
        refused=[
            RefusedOut(
                ticket=ticket,
                at=one.asked_at,
                unit=one.unit,
                reason=one.reason,
                reason_zh=one.reason_zh,
                reason_en=one.reason_en,
                outcome=one.outcome,
                turns=one.turns,
            )
            for ticket, one in refused
            if ticket is not None
        ],
        unhappy=[
            UnhappyOut(ticket=ticket, at=one.at, asked_again=one.asked_again)
            for ticket, one in unhappy
            if ticket is not None
        ],
    )


@router.get("/registers/{register}")
async def read_register(register: Register, asks: Asks, lang: Language = "zh") -> RegisterOut:
    """A month of a register, as the screen shows it."""
    found = await rows.page(asks.session, asks, register, lang, None, 0, SHOWN)
    return RegisterOut(
        name=register,
        month=asks.month.name,
        area=asks.area,
        as_of=asks.of.at,
        columns=[ColumnOut(key=one.key, name=one.zh if lang == "zh" else one.en) for one in COLUMNS[register]],
        rows=[dict(one) for one in found.records[:SHOWN]],
        total=await rows.count(asks.session, asks, register),
    )


@router.get(
    "/registers/{register}/file",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
)
async def export_register(
    register: Register,
    asks: Asks,
    built: Built,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
) -> Response:
    """A month of a register as a file, row by row as it is read."""
    columns = {one.key: one.zh if lang == "zh" else one.en for one in COLUMNS[register]}
    sheet = SHEETS[form](columns, asks.zone, NAMES[register][lang != "zh"])
    first = await rows.page(asks.session, asks, register, lang, None, 0, PAGE)
    return StreamingResponse(
        _file(built, asks, register, sheet, first, lang),
        media_type=MEDIA[form],
        headers=download(asks, NAMES[register][lang != "zh"], form.value),
    )


def download(asks: Asked, name: str, ending: str) -> dict[str, str]:
    stem = "-".join(part for part in (asks.area, name, asks.month.name) if part)
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{stem}.{ending}')}",
        "Cache-Control": "no-store",
    }


async def _file(
    built: Parts, asks: Asked, register: Register, sheet: Sheet, first: rows.Page, lang: Language
) -> AsyncIterator[bytes]:
    yield sheet.begin()
    found, written, cut = first, 0, False
    while found.records:
        yield await asyncio.to_thread(sheet.rows, found.records)
        written += len(found.records)
        if len(found.records) < PAGE or found.last is None:
            break
        if written >= MOST_ROWS:
            cut = True
            break
        read = partial(_one_page, asks=asks, register=register, lang=lang, after=found.last, written=written)
        following = await page_out(built.gate, built.engine, read)
        if following is None:
            cut = True
            break
        (found,) = following
    yield sheet.end(about(asks, written, lang, cut=cut), cut=cut)


async def _one_page(
    session: ReadSession, *, asks: Asked, register: Register, lang: Language, after: stored.Place, written: int
) -> list[rows.Page]:
    return [await rows.page(session, asks, register, lang, after, written, PAGE)]


def about(asks: Asked, written: int, lang: Language, *, cut: bool) -> Sequence[str]:
    at = f"{asks.of.at.astimezone(asks.zone):%Y-%m-%d %H:%M:%S}"
    if lang == "zh":
        lines = [
            f"{asks.area or '全辖区'} {asks.month.name}",
            f"数据截至 {at}（{asks.zone.key}）",
            f"本文件 {written} 行",
        ]
        return [*lines, "未完：服务器太忙，请稍后重新导出"] if cut else lines
    lines = [f"{asks.area or 'Everywhere'} {asks.month.name}", f"As of {at} ({asks.zone.key})", f"{written} rows"]
    return [*lines, "Cut here: the server was too busy, export again later"] if cut else lines
