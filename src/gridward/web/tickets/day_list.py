"""A unit's day on paper: what it has to work on, by due time, as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from gridward.domain.accounts import UNIT_ROLES, ScopeKind, may_anywhere
from gridward.domain.errors import Forbidden
from gridward.domain.tickets.numbers import official_number, spoken_number
from gridward.domain.tickets.words import STATUS_WORDS, Status
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.tickets import lists
from gridward.persistence.tickets.asking import Order, Reach, Wanted
from gridward.persistence.tickets.detail import people_of
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.exports import Language

router = APIRouter(tags=["tickets"])

MOST = 2000
WORKED_ON = (Status.ASSIGNED, Status.IN_PROGRESS, Status.DEFERRED, Status.SHELVED)
COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "short_no": "编号",
        "ticket_no": "工单号",
        "category": "类别",
        "place": "地点",
        "grid": "网格",
        "status": "状态",
        "due_at": "截止",
        "standing": "时限情况",
        "worker": "交给谁",
        "unit": "责任单位",
        "urgent": "备注",
    },
    "en": {
        "short_no": "No.",
        "ticket_no": "Ticket",
        "category": "Category",
        "place": "Place",
        "grid": "Grid",
        "status": "State",
        "due_at": "Due",
        "standing": "Time limit",
        "worker": "Handed to",
        "unit": "Unit",
        "urgent": "Remarks",
    },
}


@router.get("/my/unit/day-list", responses={200: {"content": {MEDIA[Format.xlsx]: {}}}}, response_class=Response)
async def day_list(session: Read, actor: CurrentActor, now: Now, lang: Language = "zh") -> Response:
    """Everything that the actor's units have to work on, soonest due first; who reported it is not in it."""
    if not may_anywhere(actor, "unit:day_list"):
        raise Forbidden("not_permitted", action="unit:day_list")
    units = frozenset(
        grant.scope_id for grant in actor.grants if grant.role in UNIT_ROLES and grant.scope_kind is ScopeKind.unit
    )
    reach = Reach(jurisdiction_id=actor.jurisdiction_id, person_id=None, unit_ids=units)
    wanted = Wanted(order=Order.due, limit=MOST, statuses=[one.value for one in WORKED_ON])
    rows = await lists.tickets(session, reach, wanted)
    zone = await time_zone_of(session, actor.jurisdiction_id)
    people = await people_of(session, {row.worker_id for row in rows if row.worker_id is not None})
    names = {person_id: name for person_id, (name, _) in people.items()}
    sheet = SHEETS[Format.xlsx](COLUMNS[lang], zone, "当日清单" if lang == "zh" else "Day list")
    at = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    about = (
        f"截至 {at}，在办工单按截止时间排列，不含上报人。"
        if lang == "zh"
        else f"As of {at}: open tickets, soonest due first, without their reporters.",
    )
    records = [_record(row, names, now, lang) for row in rows]
    content = sheet.begin() + sheet.rows(records) + sheet.end(about, cut=len(rows) == MOST)
    name = f"gridward-day-list-{now.astimezone(zone):%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[Format.xlsx], headers=headers)


def _record(row: Any, names: dict[Any, str], now: datetime, lang: Language) -> Record:
    return {
        "short_no": spoken_number(row.short_no),
        "ticket_no": official_number(row.number_day, row.number),
        "category": row.category_name or row.category_code,
        "place": row.place_note,
        "grid": row.grid_name,
        "status": STATUS_WORDS[Status(row.status)][0] if lang == "zh" else row.status.replace("_", " "),
        "due_at": row.resolve_due_at or row.due_at,
        "standing": _standing(row, now, lang),
        "worker": names.get(row.worker_id),
        "unit": row.unit_name,
        "urgent": ("紧急" if lang == "zh" else "urgent") if row.urgent else None,
    }


def _standing(row: Any, now: datetime, lang: Language) -> str:
    late, paused, near = ("超时", "暂停计时", "临期") if lang == "zh" else ("late", "paused", "near its limit")
    if row.breached_at is not None:
        return late
    if row.paused:
        return paused
    return near if row.near_breach_at is not None and row.near_breach_at <= now else ""
