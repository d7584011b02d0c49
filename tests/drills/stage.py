"""Gridward as it runs, for drills: a durable PostgreSQL and an API process, both of which can be killed and come back.

The API is started from a process that has imported it already, so that two hundred restarts take minutes.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

import httpx
import uvicorn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from conftest import make_template
from gridward.domain.errors import Unavailable
from gridward.gateways.cluster import Cluster
from gridward.persistence.database import WriteSession, make_engine, write_transaction

DATABASE = "drill"
TEMPLATE = "template_gridward"
PREFIX = "gridward-drill-"
START_S = 90.0
T = TypeVar("T")


def serve(environment: dict[str, str], port: int) -> None:
    """What ``gridward serve`` runs, in this process; others may listen on the same port."""
    end_with_parent()
    os.environ.update(environment)
    with Path(environment["GRIDWARD_DATA"], "api.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    # Whoever is killed would take what it said last with it.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    config = uvicorn.Config(
        "gridward.app:from_environment",
        factory=True,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    with socket.socket() as here:
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        here.bind(("127.0.0.1", port))
        uvicorn.Server(config).run(sockets=[here])


def end_with_parent() -> None:
    """A drill that was killed leaves no API behind."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stage:
    """One installation. ``engine`` is the owner's: for arranging, and for looking at what is really there."""

    folder: Path
    cluster: Cluster
    port: int
    engine: AsyncEngine
    kills: dict[str, int] = field(default_factory=lambda: {"api": 0, "postgresql": 0})
    killed_at: float = 0.0
    """When the last kill was over, by the loop's clock."""
    processes: int = 1
    _api: list[BaseProcess] = field(default_factory=list)

    @property
    def photos(self) -> Path:
        return self.folder / "data"

    def upstream(self) -> int:
        return self.port

    # ---- the API

    async def start_api(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["drills.stage", "gridward.app"])
        environment = {
            "DATABASE_URL": self.cluster.url(DATABASE),
            "GRIDWARD_DATA": str(self.folder / "data"),
            "GRIDWARD_PORT": str(self.port),
            "GRIDWARD_LOG_LEVEL": "error",
            "GRIDWARD_SMS": "off",
        }
        for _ in range(self.processes):
            one = context.Process(target=serve, args=(environment, self.port), daemon=True)
            await asyncio.to_thread(one.start)
            self._api.append(one)
        await self.answering()

    async def answering(self) -> None:
        """Until the API answers, and so does its database."""
        deadline = time.monotonic() + START_S
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{self.port}") as client:
            while time.monotonic() < deadline:
                try:
                    if (await client.get("/api/v1/hello", timeout=5)).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)
        raise RuntimeError(f"no answer: {self.log()}")

    def log(self) -> str:
        path = self.folder / "data" / "api.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def end_api(self, how: signal.Signals) -> None:
        while self._api:
            one = self._api.pop()
            assert one.pid is not None
            os.kill(one.pid, how)
            one.join(20)

    async def kill_api(self) -> None:
        """SIGKILL, wherever it is, and a new one."""
        self.kills["api"] += 1
        await asyncio.to_thread(self.end_api, signal.SIGKILL)
        await self.start_api()
        self.killed_at = asyncio.get_running_loop().time()

    async def restart_api(self) -> None:
        """As an update does it: what is under way is finished."""
        await asyncio.to_thread(self.end_api, signal.SIGTERM)
        await self.start_api()

    # ---- the database

    async def kill_postgresql(self) -> None:
        """SIGKILL to the postmaster and everything that it started, and a new one, which recovers."""
        self.kills["postgresql"] += 1
        await asyncio.to_thread(self._kill_postgresql)
        await asyncio.to_thread(self._start_again)
        await self.engine.dispose()
        self.killed_at = asyncio.get_running_loop().time()

    async def restart_postgresql(self) -> None:
        await asyncio.to_thread(self.cluster.stop)
        await asyncio.to_thread(self._start_again)
        await self.engine.dispose()

    def _kill_postgresql(self) -> None:
        postmaster = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        family = [postmaster, *children_of(postmaster)]
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while any(is_alive(pid) for pid in family):
            time.sleep(0.01)

    def _start_again(self) -> None:
        self.cluster.stop()
        self.cluster.start()

    # ---- arranging

    async def patiently(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """One committed transaction of the owner; again while the database is away or its pool still holds dead ends."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                async with write_transaction(self.engine) as session:
                    return await work(session)
            except (Unavailable, OSError, DBAPIError) as error:
                if not is_away(error) or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        await self.engine.dispose()
        await asyncio.to_thread(self.end_api, signal.SIGKILL)
        await asyncio.to_thread(self.cluster.stop)
        shutil.rmtree(self.folder, ignore_errors=True)


def is_away(error: Exception) -> bool:
    """Whether the database is only gone for now; anything else is a fault of the drill."""
    if not isinstance(error, DBAPIError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    # A connection that breaks in the middle of a statement leaves no code of the server's.
    return not state or state.startswith(("57P", "08", "53", "40"))


def children_of(pid: int) -> list[int]:
    """Of a process, from /proc."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@asynccontextmanager
async def staged(*, processes: int = 1) -> AsyncIterator[Stage]:
    """A fresh installation in a temporary folder with so many API processes; all of it is gone afterwards."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not Path(f"/proc/{left.name.removeprefix(PREFIX).partition('-')[0]}").exists():
            Cluster(left / "postgres").stop()
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    (folder / "data").mkdir()
    cluster = Cluster(folder / "postgres", settings={"max_connections": "120", "shared_buffers": "128MB"})
    await asyncio.to_thread(cluster.start)
    stage = None
    try:
        await asyncio.to_thread(make_template, cluster)
        cluster.create_database(DATABASE, template=TEMPLATE)
        engine = make_engine(cluster.url(DATABASE), pool_size=20)
        stage = Stage(folder, cluster, free_port(), engine, processes=processes)
        await stage.start_api()
        yield stage
    finally:
        if stage is None:
            await asyncio.to_thread(cluster.stop)
            shutil.rmtree(folder, ignore_errors=True)
        else:
            await stage.close()


if __name__ == "__main__":
    sys.exit("this is a part of the drills: see `make drill-sync`")
