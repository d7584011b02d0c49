"""Every drill at its smallest, in each run of the tests: that the protocol holds, and that the drill would have noticed.

The full drills are ``make drill-sync`` and ``make drill-planted``, see docs/drills.md.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drills import acks, crowd, feed, poison, restore, slow
from drills.l0 import violation
from drills.l1 import Play
from drills.model.bugs import BUGS, Cast
from drills.phone import Item, Phone, Reply
from drills.planted import CHECKOUT, PATCHES
from drills.stage import Stage, staged

SEED = 7
# Connections to a PostgreSQL that was killed end without having been closed; their garbage says so at any later moment.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_the_model_of_the_protocol_holds() -> None:
    assert violation(250, SEED, Cast()) is None


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_the_model_notices_each_planted_bug(bug: str) -> None:
    found = violation(3_000, SEED, BUGS[bug], smallest=False)
    assert found is not None


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with staged() as one:
        yield one


async def test_schedules_on_bad_links_while_the_api_and_postgresql_are_killed(stage: Stage) -> None:
    dice = random.Random(SEED)
    seeds = iter([dice.getrandbits(40) for _ in range(4)])
    total = await Play(stage, seeds, {"api": 4, "postgresql": 4}, dice, pause_s=(2.0, 6.0)).run()
    assert total["violations"] == 0
    assert total["api"]
    assert total["postgresql"]
    assert total["delivered"] > 10
    assert sum(times for name, times in total.items() if name.startswith("fate ") and name != "fate none") > 10


async def test_a_slow_line_that_loses(stage: Stage) -> None:
    assert await slow.drill(stage, SEED, slow.SIZES["short"]) == []


async def test_eight_writers_and_readers_while_the_database_is_killed(stage: Stage) -> None:
    assert await feed.drill(stage, SEED, *feed.SIZES["short"]) == []


async def test_no_false_acknowledgement_is_believed() -> None:
    assert await acks.drill(SEED, acks.SIZES["short"]) == []


class Believing(Phone):
    def acknowledged(self, item: Item, reply: Reply) -> bool:
        return reply.status in (200, 201)


async def test_a_phone_that_believes_them_is_noticed() -> None:
    assert await acks.drill(SEED, acks.SIZES["short"], Believing) != []


@pytest.mark.parametrize("kind", poison.KINDS)
def test_one_poison_item_delays_the_other_forty_nine_by_at_most_one_step(kind: str) -> None:
    delay, step = poison.worst(SEED, kind)
    assert delay <= step


async def test_twenty_phones_that_come_back_at_once() -> None:
    assert await crowd.run(SEED, crowd.SIZES["tiny"]) == 0


async def test_six_phones_go_on_with_a_server_that_was_restored_elsewhere() -> None:
    assert await restore.run(SEED, restore.SIZES["short"]) == 0


@pytest.mark.parametrize("patch", sorted(PATCHES.glob("*.patch")), ids=lambda patch: patch.stem)
def test_each_planted_bug_can_still_be_planted(patch: Path) -> None:
    tried = subprocess.run(["git", "apply", "--check", str(patch)], cwd=CHECKOUT, capture_output=True, text=True)
    assert tried.returncode == 0, f"make it anew from the code as it is now: {tried.stderr}"
