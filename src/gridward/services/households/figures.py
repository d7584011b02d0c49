"""What was visited in a month, and what was not; the same counts are published once a month and corrected openly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.calendar import local_instant
from gridward.domain.households.visits import LEAST_TOLD, Outcome, counted, first_of_period
from gridward.domain.statements import Month
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.households import visits as stored
from gridward.persistence.suspensions import communities_in
from gridward.services.households.ties import communities_of, rules_of

Either = ReadSession | WriteSession
LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``reached``: of the ``households`` those somebody met since the quarter began. ``visits`` by outcome, this month.

    ``key``: a grid, a building, a liaison; None: the whole area, or what belongs to none.
    """

    key: UUID | None
    name: str
    households: int
    reached: int
    visits: Mapping[str, int]


async def _asked(session: Either, jurisdiction_id: UUID, area: frozenset[UUID] | None, month: Month) -> dict[str, Any]:
    zone = await time_zone_of(session, jurisdiction_id)
    rules = await rules_of(session, jurisdiction_id)
    return {
        "jurisdiction_id": jurisdiction_id,
        "community_ids": None if area is None else sorted(area),
        "first": month.first,
        "until": month.next().first,
        "quarter": first_of_period(month.first, rules.quarterly_months),
        "over_at": month.span(zone)[1],
    }


async def of_month(
    session: Either, jurisdiction_id: UUID, area: frozenset[UUID] | None, month: Month, by: str
) -> list[Line]:
    """A month by ``whole``, ``grid``, ``building`` or ``liaison``, in the order of places or names, never of figures."""
    households, visits = await stored.figures(session, by, await _asked(session, jurisdiction_id, area, month))
    outcomes: dict[UUID | None, list[tuple[Outcome, int]]] = {}
    for row in visits:
        outcomes.setdefault(row.key, []).append((Outcome(row.outcome), row.visits))
    standing = {row.key: row for row in households}
    keys = {*standing, *outcomes}
    names = await stored.names(session, by, [key for key in keys if key is not None])
    nothing = ("", "")
    return [
        Line(
            key=key,
            name=names.get(key, nothing)[0] if key else "",
            households=standing[key].households if key in standing else 0,
            reached=standing[key].reached if key in standing else 0,
            visits=counted(outcomes.get(key, ())),
        )
        for key in sorted(keys, key=lambda key: (key is None, names.get(key, nothing)[1] if key else "", str(key)))
    ]


async def month_lines(session: Either, actor: Actor, month: Month, by: str, area_id: UUID | None = None) -> list[Line]:
    """For somebody who may see them; by person only for whom the policy allows it. ``area_id``: of this area only.

    Raises:
        Forbidden: ``not_permitted``.
    """
    action = "visit:read_liaison" if by == "liaison" else "visit:read_figures"
    area = communities_of(actor, action)
    if area_id is not None:
        require(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=area_id))
        area = frozenset(await communities_in(session, actor.jurisdiction_id, [area_id]))
    return await of_month(session, actor.jurisdiction_id, area, month, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaredFor:
    """关爱户 of an area, by their own measure; which they are, nobody is told who does not visit them."""

    households: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """``doors`` at which nobody was met for a whole quarter, whoever lives there; ``moved``: where others live now, it is
    said. ``cared_for`` None: too few to say anything of them."""

    doors: Sequence[Any]
    moved: Sequence[Any]
    cared_for: CaredFor | None


async def overdue(session: Either, actor: Actor, now: datetime) -> Overdue:
    """What was not visited in time. Of 关爱户 numbers only: a door that is late a month after its last visit would name
    itself as one of them.

    Raises:
        Forbidden: ``not_permitted``.
    """
    area = communities_of(actor, "visit:read_overdue")
    zone = await time_zone_of(session, actor.jurisdiction_id)
    rules = await rules_of(session, actor.jurisdiction_id)
    today = now.astimezone(zone).date()
    wanted = None if area is None else sorted(area)
    asked = {
        "jurisdiction_id": actor.jurisdiction_id,
        "community_ids": wanted,
    }
    doors = await stored.overdue(session, asked | _late(today, rules.quarterly_months, zone) | {"limit": LISTED})
    cared_for = await stored.cared_for(session, asked | _late(today, rules.care_months, zone))
    told = CaredFor(households=cared_for.households, late=cared_for.late)
    return Overdue(
        doors=doors,
        moved=await stored.said_to_have_moved(session, actor.jurisdiction_id, wanted, LISTED),
        cared_for=told if told.households >= LEAST_TOLD else None,
    )


def _late(today: date, months: int, zone: ZoneInfo) -> dict[str, Any]:
    """The last whole period: its first day, before which a visit does not count, and when that day is over, before which a
    household must have been visited by somebody for the period to count."""
    before = first_of_period(first_of_period(today, months) - timedelta(days=1), months)
    return {"before": before, "before_is_over": local_instant(zone, before + timedelta(days=1), 0)}


async def demands(session: Either, actor: Actor, month: Month) -> Sequence[Any]:
    """What people asked for at visits of a month, by kind and building.

    Raises:
        Forbidden: ``not_permitted``.
    """
    area = communities_of(actor, "visit:read_figures")
    return await stored.demands(session, await _asked(session, actor.jurisdiction_id, area, month))


async def told(session: Either, jurisdiction_id: UUID, month: Month) -> dict[str, int]:
    """The counts of the whole jurisdiction that are published with a month; nothing where nobody is registered."""
    lines = await of_month(session, jurisdiction_id, None, month, "whole")
    if not lines:
        return {}
    line = lines[0]
    return {
        "visit.households": line.households,
        "visit.reached": line.reached,
        **{f"visit.{outcome}": number for outcome, number in line.visits.items()},
    }
