"""``python -m bench``: measure a generated city. One run prints a table and writes JSON and query plans.

python -m bench                        everything, at the size of a city
python -m bench --size small           a fiftieth of it
python -m bench --only filing,list     some lines
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import uvloop

from bench.city.making import ensure_city
from bench.installation import CHECKOUT, RUN, Installation, installed
from bench.lines import (
    dashboard,
    explain,
    export,
    filing,
    households,
    imports,
    lists,
    live,
    patrols,
    sealing,
    search,
    sweep,
    tiles,
)
from bench.report import Line, show, write
from bench.sizes import SIZES

LINES: Mapping[str, Callable[[Installation], Awaitable[list[Line]]]] = {
    "replay": imports.replay,
    "list": lists.measure,
    "tiles": tiles.measure,
    "dashboard": dashboard.measure,
    "search": search.measure,
    "explain": explain.measure,
    "filing": filing.measure,
    "live": live.measure,
    "patrols": patrols.measure,
    "households": households.measure,
    "export": export.measure,
    "sealing": sealing.measure,
    "sweep": sweep.measure,
    "past": imports.past,
    "buildings": imports.buildings,
}
"""Always in this order. The replay comes first, while every row was written by the application: pgbench's copies of a
filing have clocks under ids of their own, and the sweep puts tickets off by hand. What changes much comes last."""


def main() -> int:
    reading = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    reading.add_argument("--size", choices=SIZES, default="city")
    reading.add_argument("--only", default=",".join(LINES), help=f"with commas: {', '.join(LINES)}")
    reading.add_argument("--seed", type=int, default=1)
    reading.add_argument("--strict", action="store_true", help="exit 1 when a target is not held")
    reading.add_argument("--stale", action="store_true", help="take the city that is there, whatever has changed since")
    chosen = reading.parse_args()
    if unknown := set(chosen.only.split(",")) - set(LINES):
        reading.error(f"no such line: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    lines: list[Line] = []
    with installed(SIZES[chosen.size], chosen.seed, stale=chosen.stale) as installation:
        ensure_city(installation, datetime.now(UTC).date())
        print(f"a copy of {installation.template} …", flush=True)
        installation.copy()
        for key in [key for key in LINES if key in chosen.only.split(",")]:
            print(f"{key} …", flush=True)
            lines += _measured(key, installation)
        installation.cluster.drop_database(RUN)
        about = _about(installation, time.monotonic() - began)
        show(lines, f"{chosen.size}: {about['city']}")
        result = installation.folder / "results" / f"{chosen.size}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    write(result, lines, about)
    print(f"{about['seconds']:.0f} s; {result}")
    return int(any(line.held is False for line in lines) and chosen.strict)


def _measured(key: str, installation: Installation) -> list[Line]:
    try:
        return uvloop.run(LINES[key](installation))
    except Exception as error:
        traceback.print_exc()
        return [Line(key=key, what="could not be measured", measured=repr(error)[:300], held=False)]


def _about(installation: Installation, seconds: float) -> dict[str, object]:
    facts = installation.facts
    version = installation.cluster.sql("SELECT version()").split(" on ")[0]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True
    ).stdout.strip()
    city = ", ".join(f"{facts[f'{name} rows']:,} {name}s" for name in ("grid", "building", "person", "ticket", "entry"))
    return {
        "city": city.replace("entrys", "entries"),
        "facts": facts,
        "seconds": round(seconds, 1),
        "commit": commit,
        "python": platform.python_version(),
        "postgresql": version,
        "processors": len(os.sched_getaffinity(0)),
    }


if __name__ == "__main__":
    sys.exit(main())
