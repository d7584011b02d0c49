"""Lists going out as files: streamed page by page, each page in a transaction of its own, bounded, and to be gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from gridward.domain.statistics.indices import INDICES
from gridward.domain.tickets.numbers import official_number
from gridward.domain.tickets.words import STATUS_WORDS, Status
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record, Sheet
from gridward.persistence.database import ReadSession
from gridward.persistence.statistics.counting import row_count
from gridward.persistence.statistics.listing import Member, Place, members
from gridward.web.deps import Built, Parts
from gridward.web.exports import Language, MostRows, Skip, cut_words, further
from gridward.web.gate import page_out
from gridward.web.statistics.listing import After, SetName, explanations, known_set, read_place, write_place
from gridward.web.statistics.question import Question, Step, question

router = APIRouter(tags=["figures"])

PAGE = 2_000

Told = tuple[Member, str | None]
"""A row of a set, and what the unit said beside it."""

COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "ticket_no": "工单号",
        "status": "状态",
        "category": "类别编码",
        "category_name": "类别",
        "community": "社区",
        "grid_code": "网格编码",
        "grid": "网格",
        "unit": "责任单位",
        "place_note": "位置描述",
        "received_at": "受理时间",
        "at": "计入时间",
        "due_at": "截止时间",
        "done_at": "完成时间",
        "ended_at": "结案时间",
        "over_minutes": "超时（分钟）",
        "counted": "计数",
        "explanation": "情况说明",
        "lon": "经度（WGS-84）",
        "lat": "纬度（WGS-84）",
        "place": "续传位置",
    },
    "en": {
        "ticket_no": "Ticket",
        "status": "State",
        "category": "Category code",
        "category_name": "Category",
        "community": "Community",
        "grid_code": "Grid code",
        "grid": "Grid",
        "unit": "Unit",
        "place_note": "Place in words",
        "received_at": "Received",
        "at": "Counted at",
        "due_at": "Due",
        "done_at": "Done",
        "ended_at": "Ended",
        "over_minutes": "Late by (minutes)",
        "counted": "Counts",
        "explanation": "Explanation",
        "lon": "Longitude (WGS-84)",
        "lat": "Latitude (WGS-84)",
        "place": "Go on after",
    },
}


@router.get(
    "/figures/export",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
)
async def export(
    asks: Annotated[Question, Depends(question("figures:export"))],
    step: Step,
    built: Built,
    request: Request,
    name: SetName,
    form: Annotated[Format, Query(alias="format")] = Format.csv,
    lang: Language = "zh",
    after: After = None,
    skip: Skip = 0,
    limit: MostRows = None,
) -> Response:
    """A set as a file, the newest row first, at most ``limit`` rows, without the first ``skip``.

    ``X-Rows``: how many the set has. Where the file ends before them it says so at its end, with the address that goes on:
    ``after`` (the last column of its last row) and ``as_of``. Reporters are in no file.
    """
    known_set(name)
    asks = asks.of_step(step)
    since, until = _days(asks)
    most = limit or built.file_rows
    place = read_place(after)
    total = await row_count(asks.session, asks.asked, name)
    first = await _told(asks.session, asks, name, place, min(PAGE, most), skip)
    sheet = SHEETS[form](_columns(name, lang), asks.zone, name.replace(".", "-"))
    stem = f"{name}-{since:%Y%m%d}-{until:%Y%m%d}"
    if total > most:
        stem += f"-{skip // most + 1}"
    return StreamingResponse(
        _file(built, request, asks, name, sheet, first, most, lang),
        media_type=MEDIA[form],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{stem}.{form.value}')}",
            "X-Rows": str(total),
            "X-As-Of": asks.asked.at.isoformat(),
            "Cache-Control": "no-store",
        },
    )


async def _file(
    built: Parts,
    request: Request,
    asks: Question,
    name: str,
    sheet: Sheet,
    first: list[Told],
    most: int,
    lang: Language,
) -> AsyncIterator[bytes]:
    yield sheet.begin()
    page, written, last, cut = first, 0, None, False
    while page:
        # Writing a page takes a processor some time; the loop of this process serves others meanwhile.
        yield await asyncio.to_thread(sheet.rows, [_record(one, said, lang) for one, said in page])
        written, last = written + len(page), page[-1][0]
        if len(page) < PAGE and written < most:
            break
        if written >= most:
            cut = bool(await _page(built, asks, name, last.place, 1))
            break
        following = await _page(built, asks, name, last.place, min(PAGE, most - written))
        cut = following is None
        page = following or []
    lines = _about(asks, name, written, lang)
    if cut and last is not None:
        # What ended early goes on to where it should have ended: the list's next file begins there.
        rest = {"after": write_place(last), "as_of": asks.asked.at.isoformat(), "skip": 0}
        lines += cut_words(further(built, request, rest | {"limit": most - written or most}), lang)
    yield sheet.end(lines, cut=cut)


async def _page(built: Parts, asks: Question, name: str, after: Place, size: int) -> list[Told] | None:
    return await page_out(built.gate, built.engine, lambda session: _told(session, asks, name, after, size))


async def _told(
    session: ReadSession, asks: Question, name: str, after: Place | None, size: int, skip: int = 0
) -> list[Told]:
    found = await members(session, asks.asked, name, after, size, skip)
    said = await explanations(session, name, found)
    return [(one, said.get((one.ticket_id, one.key))) for one in found]


def _columns(name: str, lang: Language) -> Mapping[str, str]:
    """What units explain stands in lists of what was late only."""
    late = name.endswith(".late")
    return {key: heading for key, heading in COLUMNS[lang].items() if late or key != "explanation"}


def _record(one: Member, explanation: str | None, lang: Language) -> Record:
    over = None
    if one.due_at is not None and one.done_at is not None and one.done_at > one.due_at:
        over = (one.done_at - one.due_at) // timedelta(minutes=1)
    return {
        "ticket_no": official_number(one.number_day, one.number),
        "status": STATUS_WORDS[Status(one.status)][0] if lang == "zh" else one.status.replace("_", " "),
        "category": one.category_code,
        "category_name": one.category_name,
        "community": one.community_name,
        "grid_code": one.grid_code,
        "grid": one.grid_name,
        "unit": one.unit_name,
        "place_note": one.place_note,
        "received_at": one.received_at,
        "at": one.at,
        "due_at": one.due_at,
        "done_at": one.done_at,
        "ended_at": one.ended_at,
        "over_minutes": over,
        "counted": one.counted,
        "explanation": explanation,
        "lon": one.lon,
        "lat": one.lat,
        "place": write_place(one),
    }


def _days(asks: Question) -> tuple[datetime, datetime]:
    """The first and the last local day of what is in the file."""
    since, until = asks.asked.step or (asks.asked.since, asks.asked.until)
    return since.astimezone(asks.zone), until.astimezone(asks.zone) - timedelta(days=1)


def _about(asks: Question, name: str, written: int, lang: Language) -> list[str]:
    asked, zone = asks.asked, asks.zone
    since, until = _days(asks)
    uses = [one for one in INDICES if name in (one.above, one.below)]
    zh = lang == "zh"
    return [
        f"集合 {name}，{since:%Y-%m-%d} 至 {until:%Y-%m-%d}"
        if zh
        else f"Set {name}, {since:%Y-%m-%d} to {until:%Y-%m-%d}",
        f"数据截至 {asked.at.astimezone(zone):%Y-%m-%d %H:%M:%S}（{zone.key}）"
        if zh
        else f"As of {asked.at.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone.key})",
        f"本文件 {written} 行" if zh else f"{written} rows in this file",
        *(f"{one.name.zh}：{one.note.zh}" if zh else f"{one.name.en}: {one.note.en}" for one in uses),
    ]
