"""What every question about figures says: a period, a place, a unit, a kind; and whether this person may ask it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import AwareDatetime

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Malformed
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.statistics.asking import Asked
from gridward.persistence.suspensions import communities_in
from gridward.persistence.territory.figures import Territory
from gridward.web.deps import CurrentActor, Now, Read

LONGEST = timedelta(days=1_100)

Days = tuple[date, date]
"""The first and the last, both included."""


@dataclass(frozen=True, slots=True)
class Question:
    """The question, the session to answer it with, and in which zone its days lie."""

    session: ReadSession
    actor: Actor
    asked: Asked
    zone: ZoneInfo

    def of_step(self, days: Days | None) -> Question:
        """The same of one step of its trend; None: of the whole period."""
        if days is None:
            return self
        stretch = (local_start(days[0], self.zone), local_start(days[1] + timedelta(days=1), self.zone))
        return replace(self, asked=replace(self.asked, step=stretch))


def may(actor: Actor, action: str, area_id: UUID | None, unit_id: UUID | None, worker_id: UUID | None) -> None:
    """Whoever answers for a community asks about it, whoever leads a unit about that unit; a person needs more.

    Raises:
        Forbidden: ``not_permitted``.
    """
    subject = Subject(
        jurisdiction_id=actor.jurisdiction_id,
        community_id=area_id,
        unit_ids=frozenset({unit_id} if unit_id is not None else ()),
    )
    require(actor, action, subject)
    if worker_id is not None:
        require(actor, "figures:read_person", subject)


def question(action: str) -> Callable[..., Coroutine[Any, Any, Question]]:
    """The dependency of a route that may be asked by whoever may do ``action``."""

    async def asks(
        session: Read,
        who: CurrentActor,
        now: Now,
        first: Annotated[date, Query(alias="from", description="First local day")],
        last: Annotated[date, Query(alias="to", description="Last local day")],
        area_id: Annotated[UUID | None, Query(description="A community, or a street with all its communities")] = None,
        grid_id: UUID | None = None,
        unit_id: UUID | None = None,
        category: Annotated[str | None, Query(max_length=80)] = None,
        worker_id: Annotated[UUID | None, Query(description="Whom the unit gave the work")] = None,
        territory: Territory = Territory.then,
        as_of: Annotated[AwareDatetime | None, Query(description="Judged at this instant; default now")] = None,
    ) -> Question:
        may(who, action, area_id, unit_id, worker_id)
        if last < first or last - first > LONGEST:
            raise Malformed("period_unreadable", field="to", text=last.isoformat())
        zone = await time_zone_of(session, who.jurisdiction_id)
        communities = None
        if area_id is not None:
            communities = tuple(await communities_in(session, who.jurisdiction_id, [area_id]))
        asked = Asked(
            jurisdiction_id=who.jurisdiction_id,
            since=local_start(first, zone),
            until=local_start(last + timedelta(days=1), zone),
            at=now if as_of is None else min(as_of, now),
            time_zone=zone.key,
            community_ids=communities,
            grid_id=grid_id,
            unit_id=unit_id,
            category=category,
            worker_id=worker_id,
            territory=territory,
        )
        return Question(session, who, asked, zone)

    return asks


async def step_days(
    first: Annotated[
        date | None,
        Query(alias="step_from", description="Only what lies in these days of the period, judged like all of it"),
    ] = None,
    last: Annotated[date | None, Query(alias="step_to", description="The last of these days")] = None,
) -> Days | None:
    """Raises: Malformed: ``period_unreadable``."""
    if first is None and last is None:
        return None
    if first is None or last is None or last < first:
        raise Malformed("period_unreadable", field="step_to", text=str(last or ""))
    return first, last


Step = Annotated[Days | None, Depends(step_days)]


def local_start(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(day, time.min, zone)
