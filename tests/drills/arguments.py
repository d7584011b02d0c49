"""What every tier can be asked: a seed that repeats it, a size, and for the model a bug to plant."""

from __future__ import annotations

import argparse
import random
from collections.abc import Collection

LARGEST_SEED = 1_000_000


def arguments(title: str, sizes: Collection[str], bugs: Collection[str] = ()) -> argparse.Namespace:
    """Reads ``--seed`` (drawn when absent) and ``--size``, and prints the seed first, whatever happens then."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(LARGEST_SEED))
    parser.add_argument("--size", choices=sorted(sizes), default="short")
    parser.add_argument("--bug", choices=sorted(bugs), default=None)
    chosen = parser.parse_args()
    planted = f", planted: {chosen.bug}" if chosen.bug else ""
    print(f"{title}: seed {chosen.seed}, size {chosen.size}{planted}", flush=True)
    return chosen
