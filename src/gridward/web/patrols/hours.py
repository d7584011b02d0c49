"""服务时长: how long people were on patrol in a month, where that is counted. By name: nobody is put in an order by hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from gridward.domain.disclosures import Personal, Sight
from gridward.domain.statements import Month
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.patrols import hours as stored
from gridward.services.patrols.deciding import require_hours
from gridward.services.patrols.seeing import reach
from gridward.web.deps import CurrentActor, Noted, Now, Read
from gridward.web.patrols.seeing import MonthText

router = APIRouter(tags=["patrols"])

Language = Literal["zh", "en"]
TITLES: Mapping[Language, str] = {"zh": "服务时长", "en": "Hours on patrol"}
COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "name": "姓名",
        "month": "月份",
        "walks": "巡查次数",
        "days": "天数",
        "hours": "时长（小时）",
        "located": "其中有定位（小时）",
        "remark": "说明",
    },
    "en": {
        "name": "Name",
        "month": "Month",
        "walks": "Patrols",
        "days": "Days",
        "hours": "Hours",
        "located": "Of these with positions",
        "remark": "Remarks",
    },
}


class PersonHours(BaseModel):
    """``hours`` from beginning to end, two patrols at the same time once; ``located`` those with positions. ``lapsed``: so
    many patrols nobody ended, they count up to the last that was heard of them."""

    person_id: UUID
    name: str
    walks: int
    days: int
    hours: float
    located: float
    lapsed: int


class HoursShown(BaseModel):
    """In the order of names."""

    month: str
    as_of: datetime
    people: list[PersonHours]


@dataclass(frozen=True, slots=True)
class Asked:
    month: Month
    zone: ZoneInfo
    rows: Sequence[Any]


async def asked(session: Read, actor: CurrentActor, noted: Noted, month: MonthText) -> Asked:
    """Whose hours the caller may see; names are noted as seen. 409 ``patrol.hours_off``."""
    area = reach(actor, "patrol:read_hours")
    await require_hours(session, actor.jurisdiction_id)
    zone = await time_zone_of(session, actor.jurisdiction_id)
    wanted = Month.read(month)
    since, until = wanted.span(zone)
    communities = None if area.community_ids is None else sorted(area.community_ids)
    query = {"jurisdiction_id": actor.jurisdiction_id, "community_ids": communities, "zone": zone.key}
    rows = await stored.by_person(session, {**query, "since": since, "until": until})
    noted.sights |= {Sight(row.person_id, Personal.name) for row in rows}
    return Asked(wanted, zone, rows)


Asks = Annotated[Asked, Depends(asked)]


@router.get("/patrol-hours")
async def hours(asks: Asks, now: Now) -> HoursShown:
    """How long each was on patrol in a month."""
    return HoursShown(month=asks.month.name, as_of=now, people=[_person(row) for row in asks.rows])


def _person(row: Any) -> PersonHours:
    return PersonHours(
        person_id=row.person_id,
        name=row.name,
        walks=row.walks,
        days=row.days,
        hours=round(row.seconds / 3600, 2),
        located=round(row.walked_s / 3600, 2),
        lapsed=row.lapsed,
    )


@router.get(
    "/patrol-hours/file",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
)
async def export(
    asks: Asks,
    now: Now,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
) -> Response:
    """The same as a file."""
    sheet = SHEETS[form](COLUMNS[lang], asks.zone, TITLES[lang])
    records = [_record(_person(row), asks.month, lang) for row in asks.rows]
    content = sheet.begin() + sheet.rows(records) + sheet.end(_about(asks, now, lang), cut=False)
    name = quote(f"{TITLES[lang]}-{asks.month.name}.{form.value}")
    return Response(
        content,
        media_type=MEDIA[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"},
    )


def _record(one: PersonHours, month: Month, lang: Language) -> Record:
    lapsed = f"{one.lapsed} 次没有点结束，只算到最后一次有消息"
    if lang == "en":
        lapsed = f"{one.lapsed} never ended, counted up to the last that was heard"
    return {
        "name": one.name,
        "month": month.name,
        "walks": one.walks,
        "days": one.days,
        "hours": one.hours,
        "located": one.located,
        "remark": lapsed if one.lapsed else None,
    }


def _about(asks: Asked, now: datetime, lang: Language) -> list[str]:
    at = f"{now.astimezone(asks.zone):%Y-%m-%d %H:%M}"
    if lang == "zh":
        return [
            f"服务时长 {asks.month.name}",
            f"数据截至 {at}",
            "只算开启服务时长以后开始、已经结束的巡查，从开始到结束；同时进行的只算一次；跨月的算在开始的那个月",
            "按姓名排列，不排名次；没有开启的人不在表里，其他事不受影响",
        ]
    return [
        f"Hours on patrol {asks.month.name}",
        f"As of {at}",
        "Patrols that began after hours were turned on and have ended, from beginning to end; two at the same time count"
        " once; over the end of a month in the month of the beginning",
        "By name, without a rank; for whom hours are off is not in it and loses nothing",
    ]
