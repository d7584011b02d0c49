"""Who saw what, as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from gridward.domain.disclosures import Personal
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record, Sheet
from gridward.persistence import disclosures as stored
from gridward.persistence.database import ReadSession, reach_homes
from gridward.web.deps import Built, Parts
from gridward.web.disclosures import Auditing, Audits, dwelling_of
from gridward.web.exports import Language, MostRows, Skip, cut_words, further
from gridward.web.gate import page_out
from gridward.web.page_tokens import read_moment, write_moment

router = APIRouter(tags=["disclosures"])

PAGE = 2_000

COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "first_at": "第一次",
        "last_at": "最后一次",
        "times": "次数",
        "reader": "谁看了",
        "roles": "身份",
        "subject": "谁的",
        "field": "看到什么",
    },
    "en": {
        "first_at": "First",
        "last_at": "Last",
        "times": "Times",
        "reader": "Who looked",
        "roles": "As",
        "subject": "Whose",
        "field": "What was shown",
    },
}
ROLES: Mapping[str, str] = {
    "volunteer": "党员志愿者",
    "steward": "网格员",
    "liaison": "联系党员",
    "unit_worker": "责任单位工人",
    "unit_lead": "责任单位负责人",
    "dispatcher": "派遣员",
    "shift_leader": "值班长",
    "supervisor": "考核员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
}
FIELDS: Mapping[Personal, tuple[str, str]] = {
    Personal.name: ("姓名", "name"),
    Personal.phone: ("姓名和完整电话", "name and whole number"),
    Personal.reporter: ("上报人姓名", "reporter's name"),
    Personal.household: ("住户的称呼和需求", "the household's name and needs"),
    Personal.photo: ("照片原图", "photo in full"),
}
GONE: Mapping[Language, str] = {"zh": "（已删除的人）", "en": "(an erased person)"}
PROGRAM: Mapping[Language, str] = {"zh": "程序", "en": "program"}


@router.get(
    "/disclosures/file",
    response_class=Response,
    responses={200: {"content": {MEDIA[one]: {"schema": {"type": "string", "format": "binary"}} for one in Format}}},
)
async def as_file(
    asks: Audits,
    built: Built,
    request: Request,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
    after: Annotated[str | None, Query(max_length=100, description="The place of the last row that came")] = None,
    skip: Skip = 0,
    limit: MostRows = None,
) -> Response:
    """The same readings as a file, the newest first: at most ``limit`` rows, without the first ``skip``.

    Where it ends before the list does it says so at its end, with the address that goes on.
    """
    most = limit or built.file_rows
    sheet = SHEETS[form](COLUMNS[lang], asks.zone, "查阅记录" if lang == "zh" else "Who saw what")
    place = read_moment(after) if after else None
    first = await stored.page(asks.session, asks.wanted, after=place, skip=skip, limit=min(PAGE, most))
    stem = ("查阅记录" if lang == "zh" else "who-saw-what") + (f"-{skip // most + 1}" if skip >= most else "")
    return StreamingResponse(
        _file(built, request, asks, sheet, first, most, lang),
        media_type=MEDIA[form],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{stem}.{form.value}')}",
            "Cache-Control": "no-store",
        },
    )


async def _file(
    built: Parts,
    request: Request,
    asks: Auditing,
    sheet: Sheet,
    first: list[stored.Seen],
    most: int,
    lang: Language,
) -> AsyncIterator[bytes]:
    yield sheet.begin()
    page, written, last, cut = first, 0, None, False
    while page:
        yield await asyncio.to_thread(sheet.rows, [_record(one, lang) for one in page])
        written, last = written + len(page), page[-1]
        if len(page) < PAGE and written < most:
            break
        following = await _page(built, asks, last, min(PAGE, most - written) or 1)
        if following is None or written >= most:
            cut = following is None or bool(following)
            break
        page = following
    lines = [f"本文件 {written} 行" if lang == "zh" else f"{written} rows in this file"]
    if cut and last is not None:
        rest = {"after": write_moment(last.last_at, last.disclosure_id), "skip": 0, "limit": most - written or most}
        lines += cut_words(further(built, request, rest), lang)
    yield sheet.end(lines, cut=cut)


async def _page(built: Parts, asks: Auditing, last: stored.Seen, size: int) -> list[stored.Seen] | None:
    async def read(session: ReadSession) -> list[stored.Seen]:
        await reach_homes(session, asks.wanted.jurisdiction_id)
        return await stored.page(session, asks.wanted, after=(last.last_at, last.disclosure_id), limit=size)

    return await page_out(built.gate, built.engine, read)


def _record(one: stored.Seen, lang: Language) -> Record:
    roles = [ROLES.get(role, role) if lang == "zh" else role.replace("_", " ") for role in one.roles]
    return {
        "first_at": one.first_at,
        "last_at": one.last_at,
        "times": one.times,
        "reader": one.reader or (GONE[lang] if one.reader_id else PROGRAM[lang]),
        "roles": "、".join(roles) if lang == "zh" else ", ".join(roles),
        "subject": dwelling_of(one) or one.subject or GONE[lang],
        "field": FIELDS[Personal(one.field)][lang != "zh"],
    }
