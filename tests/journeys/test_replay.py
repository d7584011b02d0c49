"""Random lives of tickets through the real services: at every step the tables are what a replay of the log gives."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from cast import ESTATE, LANE, MARKET, Town
from conftest import Write
from filing import deliver, filed, open_town, report
from gridward.domain import sync
from gridward.services.suspensions import spread
from gridward.services.tickets.sweep import sweep
from lives import ACTORS, KINDS, Life
from proof.sizes import size
from replaying import differences, path_of_the_table


@pytest.fixture(autouse=True)
async def opened_town(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


SEEDS, STEPS, LOOK_EVERY = size(5, 200), 40, 5
TALLY: Counter[str] = Counter()


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_every_step_of_a_random_life_leaves_what_a_replay_gives(write: Write, town: Town, seed: int) -> None:
    async with write() as session:
        photos = {who: await deliver(session, town[who], number) for number, who in enumerate(ACTORS)}
    life = Life(seed, town, photos)
    category, condition = life.chance.choice(KINDS)
    at = life.chance.choice([MARKET, LANE, ESTATE])
    claim = (sync.PhotoClaim(sha256=photos["volunteer"], kind="before"),)
    async with write() as session:
        await filed(session, town["volunteer"], report(category, condition_id=condition, at=at, photos=claim))
        twin = await filed(session, town["volunteer"], report("lamp", at=ESTATE, photos=claim))
    done = 0
    for number in range(STEPS):
        life.now += timedelta(minutes=life.chance.choice([1, 7, 45, 200, 1500]))
        if life.chance.random() < 0.25:
            async with write() as session:
                await sweep(session, life.now)
        if life.chance.random() < 0.08:
            async with write() as session:
                await life.storm(session)
        if life.chance.random() < 0.3:
            async with write() as session:
                await spread(session, life.now)
        async with write() as session:
            family = await life.family(session)
            taken = await life.step(session, life.chance.choice(family), twin.ticket_id)
        if taken is not None:
            TALLY[f"{taken[0].value} {taken[1]}"] += 1
            done += taken[1] == 200
        if number % LOOK_EVERY == 0 or number == STEPS - 1:
            async with write() as session:
                for ticket_id in await life.family(session, everything=True):
                    assert await differences(session, ticket_id) == []
    assert done > 5
    async with write() as session:
        await path_of_the_table(session, town.jurisdiction_id)
