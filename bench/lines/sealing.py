"""What sealing costs whoever files: the same load with and without a sealer beside it, turn and turn about."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.clients import Outcome, load
from bench.installation import RUN, Installation, connect
from bench.lines.filing import PROCESSES, prepare
from bench.report import Line
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.sealing import FILE, FileAnchors
from gridward.persistence.database import make_engine
from gridward.worker import Tools, seal_entries

PORT = 18_318
COST = 0.25
ROUNDS = 3
EVERY_S = 1.0
"""Twenty times as often as the worker seals: a short measurement meets it as often as a minute would."""


async def measure(installation: Installation) -> list[Line]:
    size = installation.size
    # Sealed from its beginning: what the lines before filed is in no count.
    installation.copy()
    requests = await prepare(installation, "sealing")
    url, folder = installation.owner(RUN), installation.folder
    (folder / FILE).unlink(missing_ok=True)
    began = time.perf_counter()
    sealed_before = await _drained(url, folder)
    drain = time.perf_counter() - began
    seconds = max(2, size.seconds / 2)
    bare: list[Outcome] = []
    beside: list[Outcome] = []
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        await load(origin, requests, seconds=1)
        for _ in range(ROUNDS):
            bare.append(await load(origin, requests, seconds=seconds))
            with _sealer(url, folder):
                beside.append(await load(origin, requests, seconds=seconds))
    sealed = await _count(installation)
    without, with_ = (sum(one.per_second for one in each) / ROUNDS for each in (bare, beside))
    good = all(set(one.statuses) <= {201} for one in (*bare, *beside))
    cost = 1 - with_ / without
    return [
        Line(
            key="sealing",
            what=f"filing with the log sealed every {EVERY_S:.0f} s beside it, {ROUNDS} turns each",
            measured=f"{with_:.0f}/s against {without:.0f}/s without: costs {cost:.1%}; "
            f"{sealed_before / max(drain, 1e-9):,.0f} entries/s sealed from the beginning of the log",
            target=f"≤ {COST:.0%}",
            held=good and cost <= COST,
            details={
                "without (per second)": [round(one.per_second) for one in bare],
                "with (per second)": [round(one.per_second) for one in beside],
                "entries sealed": sealed,
                "anchors (bytes)": (folder / FILE).stat().st_size,
            },
        )
    ]


async def _drained(url: str, folder: Path) -> int:
    """Everything that the generated city has, so that only what is filed is left to seal."""
    engine = make_engine(url, role="gridward_worker", pool_size=2, statement_timeout_ms=0)
    anchors = FileAnchors(folder / FILE)
    tools = Tools(engine=engine, blobs=MemoryBlobs(), now=lambda: datetime.now(UTC), anchors=anchors)
    while await seal_entries(tools):
        pass
    async with engine.connect() as connection:
        count = (
            await connection.exec_driver_sql("SELECT coalesce(sum(octet_length(marks) / 24), 0) FROM seal")
        ).scalar()
    await engine.dispose()
    return int(count or 0)


async def _count(installation: Installation) -> int:
    connection = await connect(installation, RUN)
    count = await connection.fetchval("SELECT coalesce(sum(octet_length(marks) / 24), 0) FROM seal")
    await connection.close()
    return int(count)


@contextmanager
def _sealer(url: str, folder: Path) -> Iterator[None]:
    """A process of its own, as the worker is."""
    process = subprocess.Popen([sys.executable, "-m", "bench.lines.sealing", url, str(folder)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _keep_sealing(url: str, folder: Path) -> None:
    engine = make_engine(url, role="gridward_worker", pool_size=2)
    anchors = FileAnchors(folder / FILE)
    tools = Tools(engine=engine, blobs=MemoryBlobs(), now=lambda: datetime.now(UTC), anchors=anchors)
    while True:
        while await seal_entries(tools):
            pass
        await asyncio.sleep(EVERY_S)


if __name__ == "__main__":
    asyncio.run(_keep_sealing(sys.argv[1], Path(sys.argv[2])))
