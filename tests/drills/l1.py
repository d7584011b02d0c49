"""L1: the real server and reference phones on bad links, killed and restarted while they work.

``python -m drills.l1 --seed 1 --size full``. Schedules run beside each other, each in a town of its own, on one
installation; a kill of the API or of PostgreSQL falls on all that are running.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drills import oracle_facts
from drills.arguments import arguments
from drills.phone import Phone
from drills.schedule import REST_S, Schedule, Violated
from drills.stage import Stage, staged

AT_ONCE = 10


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
BUG_REST_S = 120.0
"""Where a bug is looked for: ten times what all needs to come to rest beside another drill; one that never does is found."""
TOLD_EVERY = 20


async def drill(
    seed: int,
    size: Size,
    *,
    most_s: float | None = None,
    stop_early: bool = False,
    phone: type[Phone] = Phone,
) -> Counter[str]:
    """Run them, all or to the first violation; answers what happened how often, violations under ``violations`` (each printed when found)."""
    dice = random.Random(seed)
    deadline = None if most_s is None else time.monotonic() + most_s
    seeds = (dice.getrandbits(40) for _ in range(size.schedules) if deadline is None or time.monotonic() < deadline)
    kills = {"postgresql": size.postgresql, "api": size.api}
    async with staged() as stage:
        return await Play(stage, seeds, kills, random.Random(seed), phone, stop_early=stop_early).run()


class Enough(Exception):
    """A violation was found, and one is all that was looked for."""


@dataclass(slots=True)
class Play:
    """Some schedules at a time.

    Args:
        kills: During how many schedules ``api`` and ``postgresql`` are killed, at least: until so many of those that it
            fell on have ended.
        pause_s: At least and at most, before each kill.
        stop_early: All end with the first violation, and none waits long for what never comes to rest.
    """

    stage: Stage
    seeds: Iterator[int]
    kills: Mapping[str, int]
    dice: random.Random
    phone: type[Phone] = Phone
    stop_early: bool = False
    pause_s: tuple[float, float] = (3.0, 12.0)
    total: Counter[str] = field(default_factory=Counter)
    _running: dict[int, set[str]] = field(default_factory=dict)
    """By seed: what was killed meanwhile."""

    async def run(self) -> Counter[str]:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._one_after_another())
                group.create_task(self._kill())
        except* Enough:
            pass
        self.total += Counter({f"kills of {what}": times for what, times in self.stage.kills.items()})
        return self.total

    async def _one_after_another(self) -> None:
        for seed in self.seeds:
            schedule = Schedule(self.stage, seed, self.phone, BUG_REST_S if self.stop_early else REST_S)
            self._running[seed] = set()
            try:
                await schedule.run()
            except Violated as violated:
                self.total["violations"] += 1
                print(f"L1 violated: {violated}", flush=True)
                if self.stop_early:
                    raise Enough from None
            finally:
                self.total += Counter(self._running.pop(seed))
            self._count(schedule)

    async def _kill(self) -> None:
        """In turns, as long as a schedule runs and some are still to be hit."""
        for what in itertools.cycle(self.kills):
            if not self._running or all(self.total[one] >= least for one, least in self.kills.items()):
                return
            if self.total[what] >= self.kills[what]:
                continue
            await asyncio.sleep(self.dice.uniform(*self.pause_s))
            for fell in self._running.values():
                fell.add(what)
            await (self.stage.kill_api() if what == "api" else self.stage.kill_postgresql())

    def _count(self, one: Schedule) -> None:
        items = one.items().values()
        self.total["schedules"] += 1
        self.total["items"] += len(items)
        self.total += oracle_facts.counts(one.items())
        self.total += one.happened
        self.total += Counter(item.state for item in items)
        self.total += Counter(f"refused {item.refused}" for item in items if item.refused)
        for each in one.handsets.values():
            self.total += Counter({f"fate {name}": times for name, times in each.link.fell.items()})
            self.total["phones killed"] += each.kills
        if self.total["schedules"] % TOLD_EVERY == 0:
            print(f"  {dict(self.total)}", flush=True)


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
