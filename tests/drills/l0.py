"""L0: the protocol as a model, run by schedules that Hypothesis draws, shrinks and shows.

``python -m drills.l0 --seed 1 --size full``; ``--bug no_dedupe`` plants one: then a violation is what must be found.
"""

from __future__ import annotations

import sys
import time
import warnings

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from drills.arguments import arguments
from drills.model.bugs import BUGS, Cast
from drills.model.checks import Violated
from drills.model.world import World

SIZES = {"short": 400, "planted": 24_000, "full": 10_000}
"""A cursor by number alone shows once in some three thousand schedules."""
SCHEDULES = st.binary(min_size=60, max_size=240)


def violation(schedules: int, seed_: int, cast: Cast, *, smallest: bool = True) -> str | None:
    """A schedule that violates the protocol, with what it violates; None when none was found.

    Args:
        smallest: Shrink it, which takes longer than finding it.
    """

    @seed(seed_)
    @settings(
        max_examples=schedules,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if smallest else [])],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(SCHEDULES)
    def run(schedule: bytes) -> None:
        world = World(cast.server, cast.phone)
        try:
            world.run(schedule)
        except Violated as violated:
            raise Violated(f"{violated}\n  after {' '.join(world.said)}") from None

    try:
        run()
    except Violated as found:
        return str(found)
    return None


def main() -> int:
    chosen = arguments("L0: the protocol as a model", SIZES, bugs=tuple(BUGS))
    warnings.simplefilter("ignore", HypothesisWarning)
    began, schedules = time.monotonic(), SIZES[chosen.size]
    planted = BUGS[chosen.bug] if chosen.bug else Cast()
    found = violation(schedules, chosen.seed, planted, smallest=not chosen.bug)
    if found is not None:
        print(f"L0 violated: {found}")
        return 1
    print(f"L0: {schedules} schedules, 0 violations ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
