"""How many cases a proof goes through: few in every test run, all of them in ``make prove``."""

from __future__ import annotations

import os

FULL = os.environ.get("GRIDWARD_PROOF") == "full"


def size(few: int, all_of_them: int) -> int:
    return all_of_them if FULL else few
