"""What figures are asked about: a period, a place, a unit, a kind; with boundaries as they were or as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from gridward.domain.statistics.months import Gap, Stretch
from gridward.persistence.statistics.sets import Source
from gridward.persistence.territory.figures import PLACED, Territory


class Group(StrEnum):
    """What figures are told apart by."""

    none = "none"
    unit = "unit"
    community = "community"
    grid = "grid"
    category = "category"
    day = "day"
    week = "week"
    month = "month"


BY_TIME = frozenset({Group.day, Group.week, Group.month})
BY_PLACE = frozenset({Group.community, Group.grid})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question. ``[since, until)``, judged at ``judged``; ``community_ids`` None: the whole jurisdiction.

    ``territory``: *then*, by the grid that a ticket keeps since it was filed; *now*, by its place under the boundaries
    that hold at ``at``. ``worker_id``: the person of the unit to whom the work was handed. ``step``: only what lies in
    this stretch ``[start, end)`` of the period, as a trend tells it: judged like the whole, not at the end of the stretch.
    ``settled``: only rows that settled in this stretch; ``not_yet``: only those that have not; None: all of them.
    """

    jurisdiction_id: UUID
    since: datetime
    until: datetime
    at: datetime
    time_zone: str
    community_ids: tuple[UUID, ...] | None = None
    grid_id: UUID | None = None
    unit_id: UUID | None = None
    category: str | None = None
    worker_id: UUID | None = None
    territory: Territory = Territory.then
    step: Stretch | None = None
    settled: Gap | Literal["not_yet"] | None = None

    @property
    def judged(self) -> datetime:
        return min(self.until, self.at)

    @property
    def placed(self) -> bool:
        """Whether a place is asked for."""
        return self.community_ids is not None or self.grid_id is not None

    @property
    def narrowed(self) -> bool:
        """Whether it is about less than the whole jurisdiction."""
        return self.placed or any(one is not None for one in (self.unit_id, self.category, self.worker_id))

    def values(self) -> dict[str, Any]:
        """What the statements of :class:`Rows` name."""
        found = {
            "jurisdiction_id": self.jurisdiction_id,
            "since": self.since,
            "until": self.until,
            "judged": self.judged,
            "at": self.at,
            "zone": self.time_zone,
            "community_ids": None if self.community_ids is None else list(self.community_ids),
            "grid_id": self.grid_id,
            "unit_id": self.unit_id,
            "category": self.category,
            "worker_id": self.worker_id,
            "step_start": self.step and self.step[0],
            "step_end": self.step and self.step[1],
        }
        if isinstance(self.settled, tuple):
            found["settled_since"], found["settled_until"] = self.settled
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a source that a question is about, as parts of a statement."""

    with_: str
    from_: str
    where: str
    grid: str
    community: str


def rows(source: Source, asked: Asked, group: Group = Group.none) -> Rows:
    """Joins only what the question needs: most are answered from one index."""
    by_place = asked.placed or group in BY_PLACE
    now = by_place and asked.territory is Territory.now
    needs = (by_place or asked.category is not None or group is Group.category) and bool(source.place)
    from_ = f"{source.table} {source.place if needs else ''}"
    grid, community, with_ = f"{source.of}.grid_id", f"{source.of}.community_id", ""
    if now:
        with_ = f"""
counted AS MATERIALIZED (
    SELECT ticket_id, grid_id, community_id, location FROM ticket
    WHERE ticket_id IN (SELECT {source.ticket} FROM {source.table} WHERE {source.here})
), {PLACED}, lies AS (
    SELECT p.ticket_id, p.grid_id, coalesce(g.community_id, c.community_id) AS community_id
    FROM placed p JOIN counted c USING (ticket_id) LEFT JOIN grid g ON g.grid_id = p.grid_id
)"""  # noqa: S608
        from_ += f" JOIN lies ON lies.ticket_id = {source.ticket}"
        grid, community = "lies.grid_id", "lies.community_id"
    return Rows(with_, from_, " AND ".join([source.here, *_filters(source, asked, grid, community)]), grid, community)


def _filters(source: Source, asked: Asked, grid: str, community: str) -> Iterable[str]:
    if asked.community_ids is not None:
        yield f"{community} = ANY(CAST(:community_ids AS uuid[]))"
    if asked.grid_id is not None:
        yield f"{grid} = :grid_id"
    if asked.unit_id is not None:
        yield f"{source.unit} = :unit_id"
    if asked.category is not None:
        yield f"{source.of}.category_code = :category"
    if asked.step is not None:
        yield f"{source.at} >= :step_start AND {source.at} < :step_end"
    if asked.settled is not None:
        yield _settled(source.settled, asked.settled)
    if asked.worker_id is not None:
        yield (f"EXISTS (SELECT FROM assignment w WHERE w.ticket_id = {source.ticket} AND w.worker_id = :worker_id)")


def _settled(instant: str, when: Gap | Literal["not_yet"]) -> str:
    """One range of an index at a time: PostgreSQL joins no two of a partial index."""
    if when == "not_yet":
        return f"{instant} IS NULL"
    since, until = when
    ends = [] if since is None else [f"{instant} >= :settled_since"]
    ends += [] if until is None else [f"{instant} < :settled_until"]
    return " AND ".join(ends) or f"{instant} IS NOT NULL"


def key_of(source: Source, found: Rows, group: Group) -> str:
    """What a row is told apart by, as text."""
    match group:
        case Group.none:
            return "NULL::text"
        case Group.unit:
            return f"({source.unit})::text"
        case Group.community:
            return f"{found.community}::text"
        case Group.grid:
            return f"{found.grid}::text"
        case Group.category:
            return f"{source.of}.category_code"
        case _:
            return f"date_trunc('{group.value}', {source.at} AT TIME ZONE :zone)::date::text"
