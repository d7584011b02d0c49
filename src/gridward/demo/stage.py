"""What the people of the demo stand on: the clock of things to come, who they are, and how each of them looks and acts."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from shapely.geometry import Point, Polygon
from sqlalchemy import Table, bindparam, func, select

from gridward.demo.album import ZONE, Album
from gridward.demo.city import City, Place
from gridward.demo.founding import Founded
from gridward.demo.people import UNITS, PersonPlan
from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.errors import Forbidden
from gridward.domain.territory import UnitKind
from gridward.gateways.blobstore import BlobStore
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.tickets.rows import RequestRow, TicketRow
from gridward.services.accounts.sign_in import actor_of_person
from gridward.services.tickets.act import DONE, act
from gridward.services.tickets.sweep import sweep

SWEEP_LAG = timedelta(seconds=2)

_ticket = cast(Table, TicketRow.__table__).c
STANDING = Prepared(
    select(
        _ticket.ticket_id,
        _ticket.status,
        _ticket.version,
        _ticket.unit_id,
        _ticket.worker_id,
        _ticket.assignment_id,
        _ticket.resolution_id,
        _ticket.condition_id,
        _ticket.category_code,
        _ticket.grid_id,
        _ticket.urgent,
        _ticket.due_at,
        _ticket.resolve_due_at,
        _ticket.verify_way,
        _ticket.next_step_at,
        _ticket.routing,
        func.ST_X(_ticket.location).label("lon"),
        func.ST_Y(_ticket.location).label("lat"),
    ).where(_ticket.ticket_id == bindparam("ticket"))
)
"""What the people of the demo look at before they act."""

Step = Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Stage:
    """A heap of things that will happen, and the people who do them."""

    session: WriteSession
    city: City
    founded: Founded
    people: Sequence[PersonPlan]
    blobs: BlobStore
    seed: int
    rng: random.Random = field(init=False)
    heap: list[tuple[datetime, int, Step]] = field(init=False, default_factory=list)
    order: itertools.count[int] = field(init=False, default_factory=itertools.count)
    actors: dict[UUID, Actor] = field(init=False, default_factory=dict)
    album: Album = field(init=False)
    by_role: dict[str, list[PersonPlan]] = field(init=False, default_factory=dict)
    of_unit: dict[UUID, dict[str, list[UUID]]] = field(init=False, default_factory=dict)
    slow: dict[UUID, float] = field(init=False, default_factory=dict)
    kind_of_unit: dict[UUID, UnitKind] = field(init=False, default_factory=dict)
    swept: dict[UUID, datetime] = field(init=False, default_factory=dict)
    sent_back_to: dict[UUID, UUID | None] = field(init=False, default_factory=dict)
    """Whose it is by the last granted send-back; None: nobody knows."""
    sent_back: set[UUID] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"days-{self.seed}")
        self.album = Album(self.blobs, list(self.founded.people.values()))
        for plan in self.people:
            self.by_role.setdefault(plan.role, []).append(plan)
            if plan.unit is not None:
                unit = self.founded.units[plan.unit]
                self.of_unit.setdefault(unit, {}).setdefault(plan.role, []).append(self.founded.people[plan.phone])
        for unit_plan in UNITS:
            unit = self.founded.units[unit_plan.code]
            self.slow[unit] = self.rng.uniform(0.7, 1.5)
            self.kind_of_unit[unit] = unit_plan.kind

    def at(self, when: datetime, step: Step) -> None:
        heapq.heappush(self.heap, (when, next(self.order), step))

    async def when_due(self, ticket_id: UUID, now: datetime) -> None:
        """The sweep comes by, unless somebody was quicker: an empty one costs most, for what this long transaction has
        replaced stays in the index that it walks.
        """
        row = await self.row(ticket_id)
        if row.next_step_at is not None and row.next_step_at < now:
            while (await sweep(self.session, now)).more:
                pass
            await self.row(ticket_id)

    def step(self, doing: Callable[[Line, datetime], Awaitable[None]], row: Line) -> Step:
        """Looks again when the time has come: a ticket that has moved on meanwhile is let go."""
        before = row.status

        async def step(now: datetime) -> None:
            current = await self.row(row.ticket_id)
            if current.status == before:
                await doing(current, now)

        return step

    async def act(self, actor: Actor, row: Line, intent: str, body: Mapping[str, Any], now: datetime) -> bool:
        op_id = new_id()
        try:
            answer = await act(
                self.session,
                actor,
                row.ticket_id,
                op_id,
                sync.OperationEnvelope(
                    schema=1,
                    digest=str(op_id),
                    type=intent,
                    clock=phone_clock(now),
                    seen=sync.Seen(
                        version=row.version, assignment_id=row.assignment_id, resolution_id=row.resolution_id
                    ),
                    body=body,
                    sending=sync.Sending(client_now=now),
                ),
                now,
                chance=self.rng.random(),
            )
        except Forbidden:
            # The ticket went to somebody else while this person was on the way.
            return False
        return answer.status == DONE

    async def row(self, ticket_id: UUID) -> Line:
        """The ticket as it stands; when time alone will next do something to it, the sweep comes by."""
        row = await STANDING.one(self.session, {"ticket": ticket_id})
        if row.next_step_at is not None and self.swept.get(ticket_id) != row.next_step_at:
            self.swept[ticket_id] = row.next_step_at
            self.at(row.next_step_at + SWEEP_LAG, partial(self.when_due, ticket_id))
        return row

    async def request(self, ticket_id: UUID) -> UUID | None:
        open_one = select(RequestRow.request_id).where(
            RequestRow.ticket_id == ticket_id, RequestRow.decided_at.is_(None)
        )
        return await self.session.scalar(open_one)

    async def actor(self, person_id: UUID, now: datetime) -> Actor:
        if person_id not in self.actors:
            self.actors[person_id] = await actor_of_person(self.session, person_id, now, via="app")
        return self.actors[person_id]

    def one(self, role: str) -> UUID:
        return self.founded.people[self.rng.choice(self.by_role[role]).phone]

    def steward_of(self, row: Line) -> UUID:
        code = self.founded.grids[row.grid_id]
        return self.founded.people[next(plan for plan in self.by_role["steward"] if code in plan.grids).phone]

    def near(self, row: Line) -> tuple[float, float]:
        return row.lon + self.rng.gauss(0, 6e-5), row.lat + self.rng.gauss(0, 6e-5)

    def somewhere(self, plan: PersonPlan) -> tuple[float, float, str]:
        """A place in the person's community, mostly by a house, in the words that the phone would offer."""
        community = plan.community or ""
        grids = [one for one in self.city.grids if one.parent == community]
        grid = self.rng.choice([one for one in grids if one.code in plan.grids] or grids)
        houses = [one for one in self.city.buildings if one.parent == grid.code]
        if houses and self.rng.random() < 0.8:
            house = self.rng.choice(houses)
            middle = house.shape.centroid
            return middle.x + self.rng.gauss(0, 9e-5), middle.y + self.rng.gauss(0, 9e-5), f"{house.name}旁"
        spot = _random_point(self.rng, grid)
        near = min(self.city.landmarks, key=lambda one: one.shape.distance(spot))
        return spot.x, spot.y, f"{near.name}附近"


def phone_clock(now: datetime) -> sync.PhoneClock:
    return sync.PhoneClock(captured_at=now, tz="Asia/Shanghai", offset_ms=0, offset_at=now)


def in_hours(at: datetime, opens: int, closes: int) -> datetime:
    """``at``, or the next opening when it falls outside; a few minutes after, as people arrive."""
    local = at.astimezone(ZONE)
    if local.hour < opens:
        local = local.replace(hour=opens, minute=local.minute // 3)
    elif local.hour >= closes:
        local = (local + timedelta(days=1)).replace(hour=opens, minute=local.minute // 3)
    return local


def _random_point(rng: random.Random, grid: Place) -> Point:
    assert isinstance(grid.shape, Polygon)
    west, south, east, north = grid.shape.bounds
    while True:
        spot = Point(rng.uniform(west, east), rng.uniform(south, north))
        if grid.shape.contains(spot):
            return spot
