"""``gridward import tickets``, as it is typed: shown first, put in, killed, and put in again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

import programs
from conftest import Read, Write
from past_files import CATEGORIES, City, new_york, row, write_csv

DECLARED = ("--time-zone", "America/New_York", "--crs", "WGS-84", *CATEGORIES)
Command = Callable[..., programs.Program]


@pytest.fixture
async def city(write: Write) -> City:
    async with write() as session:
        return await new_york(session, f"NYC {uuid4()}")


@pytest.fixture
def begin(database_url: str, tmp_path: Path) -> Command:
    """Starts one command against this module's database."""

    def start(*arguments: str) -> programs.Program:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")},
            "DATABASE_URL": database_url,
            "GRIDWARD_DATA": str(tmp_path / "data"),
            "GRIDWARD_ALLOW_UNSAFE_DATABASE": "true",
            "COLUMNS": "160",
        }
        return programs.start("import", "tickets", *arguments, environment=environment)

    return start


def done(running: programs.Program) -> tuple[int, str]:
    """Exit code and standard output."""
    out, said = running.communicate(timeout=120)
    assert "Traceback" not in said, said
    return running.wait(), out


async def stored(read: Read, city: City) -> dict[str, int]:
    """How much of everything the jurisdiction has."""
    async with read() as session:
        counts = await session.execute(
            text(
                """
SELECT (SELECT count(*) FROM ticket WHERE jurisdiction_id = :id) AS tickets,
       (SELECT count(*) FROM past_ticket WHERE jurisdiction_id = :id) AS numbers,
       (SELECT count(*) FROM clock WHERE jurisdiction_id = :id) AS clocks,
       (SELECT count(*) FROM assignment WHERE jurisdiction_id = :id) AS assignments,
       (SELECT count(*) FROM entry WHERE jurisdiction_id = :id AND verb = 'ticket.imported') AS entries,
       (SELECT count(DISTINCT outer_no) FROM past_ticket WHERE jurisdiction_id = :id) AS different,
       (SELECT count(*) FROM past_batch WHERE jurisdiction_id = :id AND finished_at IS NOT NULL) AS finished
"""
            ),
            {"id": city.jurisdiction_id},
        )
        return dict(counts.mappings().one())


async def test_a_past_is_shown_then_put_in(city: City, begin: Command, read: Read, tmp_path: Path) -> None:
    rows = [row(number) for number in range(40)] + [row(40, **{"Created Date": "?"}), row(41, Agency="DOT")]
    path = write_csv(tmp_path / "311.csv", rows)
    here = (str(path), *DECLARED, "--jurisdiction", str(city.jurisdiction_id))
    code, shown = done(begin(*here, "--compare-routing", "all"))
    assert code == 1
    for words in ("would apply", "row 42", "41 agree, 0 differ", "40 same unit, 1 another", "A preview: nothing"):
        assert words in shown
    assert (await stored(read, city))["tickets"] == 0

    code, out = done(begin(*here, "--apply", "--json", "--batch", "to 2025"))
    told: dict[str, Any] = json.loads(out)
    assert (code, told["applied"], told["published"], len(told["refused"])) == (1, 41, True, 1)
    assert {"place", "field", "text", "why"} <= told["refused"][0].keys()
    assert set((await stored(read, city)).values()) == {41, 1}

    other = write_csv(tmp_path / "other.csv", [row(50)])
    code, out = done(begin(str(other), *DECLARED, *here[-2:], "--dates", "month-first", "--batch", "to 2025", "--json"))
    assert (code, json.loads(out)["refused"][0]["code"]) == (2, "batch_of_other_file")


@pytest.mark.parametrize(
    ("left_out", "code"),
    [("--time-zone", "time_zone_needed"), ("--crs", "crs_needed")],
)
async def test_what_nobody_declared_is_a_question(
    city: City, begin: Command, tmp_path: Path, left_out: str, code: str
) -> None:
    path = write_csv(tmp_path / "311.csv", [row(number) for number in range(30)])
    at = DECLARED.index(left_out)
    exit_code, out = done(begin(str(path), *DECLARED[:at], *DECLARED[at + 2 :], "--json"))
    refusal = json.loads(out)["refused"][0]
    assert (exit_code, refusal["code"], refusal["field"]) == (2, code, left_out)
    assert left_out in refusal["why"]


async def test_killed_between_batches_it_goes_on_and_doubles_nothing(
    city: City, begin: Command, read: Read, tmp_path: Path
) -> None:
    """Killed twice, each time at another batch; then run to the end, then once more for nothing."""
    path = write_csv(tmp_path / "311.csv", [row(number) for number in range(4_300)])
    command = (str(path), *DECLARED, "--jurisdiction", str(city.jurisdiction_id), "--apply", "--json")
    came = 0
    for _ in range(2):
        running = begin(*command)
        assert running.stderr is not None
        assert any("committed under batch" in line for line in running.stderr)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        after = await stored(read, city)
        assert came < after["tickets"] < 4_300
        assert after["tickets"] % 1_000 == 0
        assert {after[name] for name in ("numbers", "entries", "clocks", "assignments")} == {after["tickets"]}
        assert after["finished"] == 0
        came = after["tickets"]
    code, out = done(begin(*command))
    told = json.loads(out)
    assert (code, told["unchanged"], told["applied"]) == (0, came, 4_300 - came)
    whole = await stored(read, city)
    assert whole == {**dict.fromkeys(whole, 4_300), "finished": 1}

    _, out = done(begin(*command))
    assert (json.loads(out)["applied"], json.loads(out)["unchanged"]) == (0, 4_300)
    assert await stored(read, city) == whole
