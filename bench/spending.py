"""Where the time goes: processor seconds by program, statements by what they cost, places in the API's own code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from bench.clients import load
from bench.installation import Installation

Used = dict[tuple[str, str], float]
"""Processor seconds by program and process."""


def processor_seconds(installation: Installation) -> Used:
    """Used so far by the API's processes, by PostgreSQL's, and by this program (the clients)."""
    tick = os.sysconf("SC_CLK_TCK")
    found: Used = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (path / "stat").read_text(), (path / "cmdline").read_bytes()
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / tick
        if int(path.name) == os.getpid():
            found["clients", path.name] = seconds
        elif _is_api(installation, path):
            found["API", path.name] = seconds
        elif command.startswith(b"postgres: gridward"):
            found["PostgreSQL", path.name] = seconds
    return found


def _is_api(installation: Installation, process: Path) -> bool:
    try:
        environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
    except OSError:
        return False
    return b"python" in command and str(installation.folder / "data").encode() in environment


def _api(installation: Installation) -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*") if _is_api(installation, path)]


def resident_mb(installation: Installation, *, peak: bool = False) -> float:
    """Memory of the API's processes together; ``peak``: the most that each had since :func:`forget_peaks`, added up."""
    name, kilobytes = "VmHWM:" if peak else "VmRSS:", 0
    for path in _api(installation):
        status = (path / "status").read_text()
        kilobytes += int(next(line for line in status.splitlines() if line.startswith(name)).split()[1])
    return kilobytes / 1024


def forget_peaks(installation: Installation) -> None:
    """From now on peaks are counted anew (``proc(5)``, clear_refs)."""
    for path in _api(installation):
        (path / "clear_refs").write_text("5")


def each(before: Used, after: Used, count: int) -> str:
    """Processor milliseconds per request."""
    spent: Counter[str] = Counter()
    for (name, process), seconds in after.items():
        spent[name] += seconds - before.get((name, process), 0.0)
    return ", ".join(f"{name} {seconds / max(count, 1) * 1000:.2f} ms" for name, seconds in spent.items())


async def forget_statements(connection: asyncpg.Connection) -> None:
    await connection.execute("SELECT pg_stat_statements_reset()")


async def by_statement(connection: asyncpg.Connection, count: int, *, shown: int = 14) -> tuple[float, dict[str, str]]:
    """Database milliseconds per request since :func:`forget_statements`, in all and by statement, the dearest first."""
    rows = await connection.fetch(
        """
        SELECT sum(total_exec_time + total_plan_time) AS ms, sum(calls)::float AS calls,
               left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS query
        FROM pg_stat_statements WHERE query !~ 'pg_stat_statements|CHECKPOINT' GROUP BY 3 ORDER BY 1 DESC
        """
    )
    whole = sum(row["ms"] for row in rows) / max(count, 1)
    found = {
        row["query"]: f"{row['ms'] / max(count, 1):.3f} ms, {row['calls'] / max(count, 1):.1f} ×"
        for row in rows[:shown]
    }
    return whole, found


GROUPS = (
    ("domain", "gridward/domain"),
    ("services", "gridward/services"),
    ("persistence", "gridward/persistence"),
    ("web", "gridward/web"),
    ("web", "gridward/app"),
    ("SQLAlchemy", "sqlalchemy"),
    ("asyncpg", "asyncpg"),
    ("FastAPI, pydantic", "fastapi"),
    ("FastAPI, pydantic", "starlette"),
    ("FastAPI, pydantic", "pydantic"),
    ("uvicorn, event loop", "uvicorn"),
    ("uvicorn, event loop", "asyncio"),
)


async def by_place(installation: Installation, origin: str, requests: Iterator[bytes], seconds: float) -> str:
    """Where one API process spends its time under load, by the innermost frame of a known place (py-spy)."""
    spy = shutil.which("py-spy") or shutil.which(str(Path(sys.executable).with_name("py-spy")))
    process = _answering(installation)
    if spy is None or process is None:
        return "py-spy is not installed"
    out = installation.folder / "api.stacks"
    spying = subprocess.Popen(
        [
            spy,
            "record",
            "-r",
            "200",
            "-d",
            str(round(seconds)),
            "-f",
            "raw",
            "-o",
            str(out),
            "-g",
            "-F",
            "-p",
            str(process),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await load(origin, requests, seconds=seconds)
    spying.wait(60)
    if not out.exists():
        return "py-spy may not look into other processes here"
    counted: Counter[str] = Counter()
    for line in out.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        counted[_group(stack.split(";"))] += int(samples)
    whole = max(counted.total(), 1)
    return ", ".join(f"{name} {samples / whole:.0%}" for name, samples in counted.most_common())


def _group(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, path in GROUPS:
            if path in frame:
                return name
    return "other"


def _answering(installation: Installation) -> int | None:
    """One of the processes that answer; uvicorn starts them by ``multiprocessing``."""
    return next(
        (
            int(path.name)
            for path in Path("/proc").glob("[0-9]*")
            if _is_api(installation, path) and b"spawn_main" in (path / "cmdline").read_bytes()
        ),
        None,
    )
