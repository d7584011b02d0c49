"""What every question about registers says: a month, a place; and whether this person may ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.statements import Month
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.registers import Of
from gridward.persistence.statistics.asking import Group
from gridward.persistence.statistics.naming import names
from gridward.persistence.suspensions import communities_in
from gridward.web.deps import CurrentActor, Now, ReadAtHome

Language = Literal["zh", "en"]
MonthName = Annotated[str, Query(description="2026-09", max_length=7)]
AreaId = Annotated[UUID | None, Query(description="A community, or a street with all its communities; none: all of it")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A month of one community, or of everything. ``area``: its name; None: the whole jurisdiction."""

    session: ReadSession
    actor: Actor
    month: Month
    of: Of
    area_id: UUID | None
    area: str | None
    zone: ZoneInfo


async def asked(session: ReadAtHome, who: CurrentActor, now: Now, month: MonthName, area_id: AreaId = None) -> Asked:
    """The dependency of routes that show a month of registers."""
    require(who, "register:read", Subject(jurisdiction_id=who.jurisdiction_id, community_id=area_id))
    zone = await time_zone_of(session, who.jurisdiction_id)
    wanted = Month.read(month)
    since, until = wanted.span(zone)
    communities, area = None, None
    if area_id is not None:
        area = (await names(session, who.jurisdiction_id, Group.community, [str(area_id)])).get(str(area_id))
        if area is None:
            raise NotFound("area_unknown")
        communities = tuple(await communities_in(session, who.jurisdiction_id, [area_id]))
    of = Of(jurisdiction_id=who.jurisdiction_id, since=since, until=until, at=now, community_ids=communities)
    return Asked(session=session, actor=who, month=wanted, of=of, area_id=area_id, area=area, zone=zone)
