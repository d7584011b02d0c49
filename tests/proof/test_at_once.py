"""Two dispatchers, a unit, the sweep and a merge on one ticket at once, each on a connection of its own.

Who comes first is drawn, and then left to PostgreSQL. Whatever comes of it must be a life that the table of states allows,
with every entry there once, every answer the one that was stored, and nobody left without an answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, NOON, Member, Town, settle
from filing import deliver, filed, open_town, operation, report
from gridward.domain import sync
from gridward.domain.errors import Forbidden, Refusal
from gridward.persistence.database import WriteSession, make_engine, write_transaction
from gridward.persistence.entries import EntryRow
from gridward.persistence.tickets.rows import OperationRow, TicketRow
from gridward.services.tickets.act import act
from gridward.services.tickets.sweep import sweep
from proof.sizes import size
from replaying import differences, path_of_the_table

SEEDS, AT_ONCE = size(10, 1_000), 10
STEPS = 3
CORNERS = 0.0004
"""Degrees, some forty metres: nobody takes a ticket at one corner for that at the next."""


@pytest.fixture(scope="module")
async def crowd(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Room for everybody at once."""
    engine = make_engine(database_url, role="gridward_app", pool_size=8)
    yield engine
    await engine.dispose()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A town in which many crowds meet, one after the other, each at a corner of its own."""

    engine: AsyncEngine
    town: Town
    before: str
    after: str


async def opened(engine: AsyncEngine, first: int) -> Scene:
    async with write_transaction(engine) as session:
        town = await settle(session, f"街道{first}")
        await open_town(session, town)
        before = await deliver(session, town["volunteer"], 3)
        after = await deliver(session, town["sanitation_lead"], 90)
    return Scene(engine=engine, town=town, before=before, after=after)


class Crowd:
    """One ticket, its twin, and what everybody will do; ``answers`` are by operation."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.engine, self.town, self.dice = scene, scene.engine, scene.town, Random(seed)
        self.corner = seed % AT_ONCE
        self.answers: dict[UUID, int] = {}
        self.refused: Counter[str] = Counter()

    async def begin(self) -> None:
        claim = (sync.PhotoClaim(sha256=self.scene.before, kind="before"),)
        who, east, north = self.town["volunteer"], self.corner % 5 - 2, self.corner // 5
        market = (MARKET[0] + east * CORNERS, MARKET[1] + north * CORNERS)
        estate = (ESTATE[0] + east * CORNERS / 4, ESTATE[1] + north * CORNERS)
        async with write_transaction(self.engine) as session:
            self.ticket = (await filed(session, who, report("litter_full", at=market, photos=claim))).ticket_id
            self.twin = (await filed(session, who, report("lamp", at=estate, photos=claim))).ticket_id

    async def live(self) -> None:
        """Everybody at once; what each sees and when each comes is drawn."""
        hands: list[Callable[[], Awaitable[None]]] = [
            self.dispatcher("dispatcher"),
            self.dispatcher("shift_leader"),
            self.unit,
            self.sweeping,
            self.merging,
        ]
        self.dice.shuffle(hands)
        async with asyncio.timeout(60):
            await asyncio.gather(*(hand() for hand in hands))

    async def pause(self) -> None:
        for _ in range(self.dice.randrange(12)):
            await asyncio.sleep(0)

    def dispatcher(self, who: str) -> Callable[[], Awaitable[None]]:
        units = (self.town.sanitation, self.town.property_firm)

        async def desk() -> None:
            for _ in range(STEPS):
                await self.step(
                    self.town[who],
                    *self.dice.choice(
                        [
                            ("assign", {"unit_id": str(self.dice.choice(units)), "reason": "改派"}),
                            ("assign", {"unit_id": str(self.dice.choice(units)), "reason": "改派"}),
                            ("cancel", {"reason": "没有", "call": "电话里说没有"}),
                            ("correct", {"condition_id": "dumping-dumped", "reason": "看错了"}),
                            ("note", {"text": "记一笔", "audience": "internal"}),
                            ("restore", {"reason": "还在"}),
                            ("accept", {"condition_id": "litter_full-full", "grid_id": str(self.town.grid_market)}),
                        ]
                    ),
                )

        return desk

    async def unit(self) -> None:
        for type_, body in (
            ("acknowledge", {"taken_by": "老区", "call": "老区说收到了"}),
            ("ask_extend", {"reason": "weather", "by": {"kind": "work_hour", "amount": 2}}),
            ("resolve", {"photos": [self.scene.after], "note": "好了"}),
        ):
            await self.step(self.town["sanitation_lead"], type_, body)

    async def sweeping(self) -> None:
        for hours in (1, 5, 30):
            await self.pause()
            async with write_transaction(self.engine) as session:
                await sweep(session, NOON + timedelta(hours=hours), limit=5)

    async def merging(self) -> None:
        merge, back = ("merge", {"into": str(self.twin)}), ("unmerge", {"reason": "不是同一件"})
        for type_, body in (merge, back, self.dice.choice([merge, back])):
            await self.step(self.town["shift_leader"], type_, body)

    async def step(self, who: Member, type_: str, body: dict[str, object]) -> None:
        """Look, wait, act on what was seen; whoever comes too late is told so."""
        async with write_transaction(self.engine) as session:
            seen = await look(session, self.ticket)
        await self.pause()
        op_id, now = uuid4(), self.now()
        try:
            async with write_transaction(self.engine) as session:
                answer = await act(
                    session, who.actor, self.ticket, op_id, operation(type_, seen, now=now, **body), now, chance=0.9
                )
            self.answers[op_id] = answer.status
        except (Forbidden, Refusal) as refused:
            self.refused[refused.code] += 1

    def now(self) -> datetime:
        return NOON + timedelta(hours=31, seconds=len(self.answers))


async def look(session: WriteSession, ticket_id: UUID) -> sync.Seen:
    row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket_id))).scalar_one()
    return sync.Seen(version=row.version, assignment_id=row.assignment_id, resolution_id=row.resolution_id)


async def check(scene: Scene, crowds: Sequence[Crowd]) -> None:
    answers = {op_id: status for crowd in crowds for op_id, status in crowd.answers.items()}
    here = scene.town.jurisdiction_id
    async with write_transaction(scene.engine) as session:
        await path_of_the_table(session, here)
        for ticket_id in [one for crowd in crowds for one in (crowd.ticket, crowd.twin)]:
            assert await differences(session, ticket_id) == []
        stored = await session.execute(
            select(OperationRow.op_id, OperationRow.status).where(OperationRow.jurisdiction_id == here)
        )
        assert {row.op_id: row.status for row in stored} == answers
        rows = await session.execute(
            select(
                EntryRow.ticket_id, EntryRow.detail["operation_id"].astext.label("operation_id"), EntryRow.verb
            ).where(
                EntryRow.jurisdiction_id == here,
                EntryRow.ticket_version.is_not(None),
                EntryRow.detail.has_key("operation_id"),
                EntryRow.verb != "request.lapsed",
            )
        )
        counts = Counter((UUID(row.operation_id), row.ticket_id, row.verb) for row in rows)
    assert set(counts.values()) == {1}, "an entry is there twice"
    acted = {operation_id for operation_id, _, _ in counts}
    assert {op_id for op_id, status in answers.items() if status == 200} <= acted
    assert not {op_id for op_id, status in answers.items() if status != 200} & acted


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
async def test_everybody_at_once_and_the_ticket_lives_one_life(crowd: AsyncEngine, first: int) -> None:
    scene = await opened(crowd, first)
    crowds = [Crowd(scene, seed) for seed in range(first, first + AT_ONCE)]
    for one in crowds:
        await one.begin()
        await one.live()
    await check(scene, crowds)
    statuses = Counter(status for one in crowds for status in one.answers.values())
    assert statuses[200] > AT_ONCE
    assert statuses[409] > AT_ONCE, "nobody ever came too late"
