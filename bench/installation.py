"""The cluster of the benchmarks: the generated city as a template, copies of it to measure on, API processes over them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench.sizes import Size
from gridward import settings
from gridward.gateways.cluster import SUPERUSER, Cluster, identifier

CHECKOUT = Path(__file__).parents[1]
RUN = "run"
OBSERVING = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}
"""Beside the settings that the program itself starts its cluster with."""
START_S = 60.0


def fingerprint(size: Size, seed: int) -> str:
    """Changes when the city would come out otherwise: its size, the generator, the tables."""
    made_by = [
        *sorted((CHECKOUT / "bench" / "city").glob("*.py")),
        *sorted((CHECKOUT / "migrations" / "versions").glob("*.py")),
    ]
    said = [repr(size), str(seed), *(path.read_text() for path in made_by)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:10]


@dataclass(slots=True)
class Installation:
    """One folder with a cluster; ``template`` is the city that nobody changes."""

    folder: Path
    cluster: Cluster
    size: Size
    seed: int
    template: str

    @property
    def facts_file(self) -> Path:
        return self.folder / f"{self.template}.json"

    @property
    def facts(self) -> dict[str, Any]:
        """What the generator says of the city."""
        found: dict[str, Any] = json.loads(self.facts_file.read_text())
        return found

    def superuser(self, database: str) -> str:
        """An address for asyncpg."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.cluster.socket_folder}"

    def owner(self, database: str) -> str:
        """An address for SQLAlchemy and for the program itself."""
        return self.cluster.url(database)

    def environment(self, database: str, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
        return {
            **own,
            "DATABASE_URL": self.owner(database),
            "GRIDWARD_DATA": str(self.folder / "data"),
            "GRIDWARD_LOG_LEVEL": "warning",
            "GRIDWARD_SMS": "off",
            **more,
        }

    def gridward(self, database: str, *arguments: str) -> tuple[str, float]:
        """Run the program; its standard output and the seconds it took."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "gridward", *arguments],
            env=self.environment(database),
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"gridward {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout + done.stderr, time.monotonic() - began

    def copy(self, name: str = RUN) -> str:
        """A copy of the city under this name, in place of an older one."""
        self.cluster.drop_database(name)
        self.cluster.sql(
            f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(self.template)} STRATEGY FILE_COPY "
            "OWNER gridward_owner"
        )
        self.cluster.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", database=name)
        return name

    @contextmanager
    def serving(self, database: str, *, processes: int, port: int, **settings: str) -> Iterator[str]:
        """The API over a database, without worker; its origin. ``settings``: as the environment names them."""
        log = self.folder / "server.log"
        environment = self.environment(database, GRIDWARD_PORT=str(port), GRIDWARD_PROCESSES=str(processes), **settings)
        with log.open("ab") as out:
            server = subprocess.Popen(
                [sys.executable, "-m", "gridward", "serve", "--lifeline"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + START_S
            while not _answers(f"http://127.0.0.1:{port}"):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the API did not start: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(origin: str) -> bool:
    try:
        with urllib.request.urlopen(f"{origin}/api/v1/hello", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def installed(size: Size, seed: int, *, stale: bool = False) -> Iterator[Installation]:
    """The cluster, started for this run; beside the data of the program, never in it.

    ``stale``: take the newest city of this size, even if the generator or the tables have changed since.
    """
    folder = settings.read().folder / "bench"
    settings.make_folder(folder)
    template = f"{size.name}_{fingerprint(size, seed)}"
    if stale:
        newest = max(folder.glob(f"{size.name}_*.json"), key=lambda path: path.stat().st_mtime, default=None)
        template = newest.stem if newest else template
    with Cluster(folder / "postgres", settings=OBSERVING) as cluster:
        yield Installation(folder, cluster, size, seed, template)


async def connect(installation: Installation, database: str, **options: Any) -> asyncpg.Connection:
    return await asyncpg.connect(installation.superuser(database), **options)
