"""L1: the real server and reference phones on bad links, killed and restarted while they work.

``python -m drills.l1 --seed 1 --size full``. Schedules run some at a time, each in a town of its own, on one
installation; a kill of the API or of PostgreSQL falls on all that are running.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from drills import oracle_facts
from drills.arguments import arguments
from drills.phone import Phone
from drills.schedule import Schedule, Violated
from drills.stage import Stage, staged

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Size:
    """Schedules in all; those during which the API, and those during which PostgreSQL is killed."""

    schedules: int
    api: int
    postgresql: int


SIZES = {
    "short": Size(6, 6, 6),
    "planted": Size(48, 8, 8),
    "eight_minutes": Size(1_000_000, 200, 50),
    "full": Size(1_000, 200, 50),
}
MOST_S = {"eight_minutes": 480.0}
KILLS_PER_BATCH = 3


async def drill(
    seed: int, size: Size, *, most_s: float | None = None, stop_early: bool = False, phone: type[Phone] = Phone
) -> Counter[str]:
    """Run them, all or to the first violation; answers what happened how often, violations under ``violations`` (each printed when found)."""
    dice, total = random.Random(seed), Counter[str]()
    deadline = None if most_s is None else time.monotonic() + most_s
    async with staged() as stage:
        while total["schedules"] < size.schedules:
            if deadline is not None and time.monotonic() > deadline:
                break
            seeds = [dice.getrandbits(40) for _ in range(min(AT_ONCE, size.schedules - total["schedules"]))]
            due = [one for one in ("postgresql", "api") if total[one] < getattr(size, one)][:1]
            total += await batch(stage, seeds, due * KILLS_PER_BATCH, random.Random(dice.random()), phone)
            print(f"  {dict(total)}", flush=True)
            if total["violations"] and stop_early:
                break
        for name, times in stage.kills.items():
            total[f"kills of {name}"] = times
    return total


async def batch(
    stage: Stage, seeds: list[int], kills: Sequence[str], dice: random.Random, phone: type[Phone]
) -> Counter[str]:
    """Some schedules beside each other, with these kills (``api``, ``postgresql``) among them."""
    total = Counter[str]()
    schedules = [Schedule(stage, seed, phone) for seed in seeds]
    running = [asyncio.create_task(one.run()) for one in schedules]
    for kill in kills:
        await asyncio.sleep(dice.uniform(0.6, 2.0))
        await (stage.kill_api() if kill == "api" else stage.kill_postgresql())
    total += Counter(dict.fromkeys(kills, len(seeds)))
    for one, ended in zip(schedules, await asyncio.gather(*running, return_exceptions=True), strict=True):
        total["schedules"] += 1
        items = one.items().values()
        total += oracle_facts.counts(one.items())
        total += one.happened
        total["items"] += len(items)
        total += Counter(item.state for item in items)
        total += Counter(f"refused {item.refused}" for item in items if item.refused)
        total += Counter({f"fate {name}": n for each in one.handsets.values() for name, n in each.link.fell.items()})
        total["phones killed"] += sum(each.kills for each in one.handsets.values())
        if isinstance(ended, Violated):
            total["violations"] += 1
            print(f"L1 violated: {ended}", flush=True)
        elif ended is not None:
            raise ended
    return total


def main() -> int:
    chosen = arguments("L1: the real server and reference phones", SIZES)
    began = time.monotonic()
    size, early = SIZES[chosen.size], chosen.size == "planted"
    total = asyncio.run(drill(chosen.seed, size, most_s=MOST_S.get(chosen.size), stop_early=early))
    words = ", ".join(
        f"{name} {times}" for name, times in sorted(total.items()) if name not in ("schedules", "violations")
    )
    print(
        f"L1: {total['schedules']} schedules, {total['violations']} with a violation; {words}"
        f" ({time.monotonic() - began:.0f} s)"
    )
    return 1 if total["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
