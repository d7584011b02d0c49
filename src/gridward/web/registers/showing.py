"""Registers on the screen and as files; the agenda of the dispatch meeting; what a month's sentence says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from gridward.domain.registers import COLUMNS, Register
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Sheet
from gridward.persistence import registers as stored
from gridward.persistence.database import ReadSession, reach_homes
from gridward.web.causes import CauseOut, causes_shown
from gridward.web.deps import Built, Parts
from gridward.web.exports import MostRows, Skip, cut_words, further
from gridward.web.gate import page_out
from gridward.web.page_tokens import read_moment, write_moment
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
    """The first 300 rows of ``total``; values stand under the keys of ``columns``; a file holds ``file_rows`` of them."""

    name: Register
    month: str
    area: str | None
    as_of: datetime
    columns: list[ColumnOut]
    rows: list[dict[str, Value]]
    total: int
    file_rows: int


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
    at_visit: bool


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
            UnhappyOut(ticket=ticket, at=one.at, asked_again=one.asked_again, at_visit=one.at_visit)
            for ticket, one in unhappy
            if ticket is not None
        ],
    )


@router.get("/registers/{register}")
async def read_register(register: Register, asks: Asks, built: Built, lang: Language = "zh") -> RegisterOut:
    """A month of a register, as the screen shows it."""
    found = await rows.page(asks.session, asks, register, lang, None, 0, SHOWN)
    total = await rows.count(asks.session, asks, register)
    return RegisterOut(
        name=register,
        month=asks.month.name,
        area=asks.area,
        as_of=asks.of.at,
        columns=[ColumnOut(key=one.key, name=one.zh if lang == "zh" else one.en) for one in COLUMNS[register]],
        rows=[dict(one) for one in found.records[:SHOWN]],
        total=total,
        file_rows=max(built.file_rows, total) if register in rows.WHOLE else built.file_rows,
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
    request: Request,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
    after: Annotated[str | None, Query(max_length=100, description="The place of the last row that came")] = None,
    skip: Skip = 0,
    limit: MostRows = None,
) -> Response:
    """A month of a register as a file, row by row as it is read: at most ``limit`` rows, without the first ``skip``.

    Where it ends before the register does it says so at its end, with the address that goes on.
    """
    columns = {one.key: one.zh if lang == "zh" else one.en for one in COLUMNS[register]}
    most = limit or built.file_rows
    sheet = SHEETS[form](columns, asks.zone, NAMES[register][lang != "zh"])
    first = await rows.page(
        asks.session, asks, register, lang, read_moment(after) if after else None, skip, min(PAGE, most)
    )
    going = Going(built=built, request=request, register=register, lang=lang, skip=skip, most=most)
    name = NAMES[register][lang != "zh"] + (f"-{skip // most + 1}" if skip >= most else "")
    return StreamingResponse(
        _file(asks, sheet, first, going), media_type=MEDIA[form], headers=download(asks, name, form.value)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A file on its way out: of what, from which row on, and how many rows at most."""

    built: Parts
    request: Request
    register: Register
    lang: Language
    skip: int
    most: int


def download(asks: Asked, name: str, ending: str) -> dict[str, str]:
    stem = "-".join(part for part in (asks.area, name, asks.month.name) if part)
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{stem}.{ending}')}",
        "Cache-Control": "no-store",
    }


async def _file(asks: Asked, sheet: Sheet, first: rows.Page, going: Going) -> AsyncIterator[bytes]:
    yield sheet.begin()
    found, written, last, cut = first, 0, None, False
    while found.records:
        yield await asyncio.to_thread(sheet.rows, found.records)
        written, last = written + len(found.records), found.last
        if last is None or (len(found.records) < PAGE and written < going.most):
            break
        size = min(PAGE, going.most - written) or 1
        following = await page_out(
            going.built.gate, going.built.engine, partial(_one_page, asks, going, last, written, size)
        )
        if following is None or written >= going.most:
            cut = following is None or bool(following[0].records)
            break
        (found,) = following
    lines = about(asks, written, going.lang)
    if cut and last is not None:
        rest = {
            "after": write_moment(*last),
            "skip": going.skip + written,
            "limit": going.most - written or going.most,
        }
        lines += cut_words(further(going.built, going.request, rest), going.lang)
    yield sheet.end(lines, cut=cut)


async def _one_page(
    asks: Asked, going: Going, after: stored.Place, written: int, size: int, session: ReadSession
) -> list[rows.Page]:
    await reach_homes(session, asks.actor.jurisdiction_id)
    return [await rows.page(session, asks, going.register, going.lang, after, going.skip + written, size)]


def about(asks: Asked, written: int, lang: Language) -> list[str]:
    at = f"{asks.of.at.astimezone(asks.zone):%Y-%m-%d %H:%M:%S}"
    if lang == "zh":
        return [
            f"{asks.area or '全辖区'} {asks.month.name}",
            f"数据截至 {at}（{asks.zone.key}）",
            f"本文件 {written} 行",
        ]
    return [f"{asks.area or 'Everywhere'} {asks.month.name}", f"As of {at} ({asks.zone.key})", f"{written} rows"]
