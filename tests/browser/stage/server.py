"""Gridward as its own processes: the demo made once, the API with the built pages, the worker beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import programs
from gridward.gateways.cluster import Cluster

CHECKOUT = Path(__file__).parents[3]
PAGES = CHECKOUT / "frontend" / "dist" / "index.html"
LATER = "browser.stage.later:run"
START_S = 60.0
DEMO_S = 600.0
STOP_S = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Account:
    """A way in that the demo made; ``sign_in`` is the path of a link that can be used again and again."""

    role: str
    name: str
    sign_in: str

    @property
    def person(self) -> str:
        """The name without the unit behind it."""
        return self.name.partition("（")[0]


@dataclass(slots=True)
class Installation:
    """A database and a data folder; every program started here works on these two."""

    cluster: Cluster
    database: str
    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
        return {
            **own,
            "DATABASE_URL": self.cluster.url(self.database),
            "GRIDWARD_DATA": str(self.folder),
            "GRIDWARD_ALLOW_UNSAFE_DATABASE": "true",
            "GRIDWARD_LOG_LEVEL": "warning",
            "GRIDWARD_SMS": "off",
            # Push services and webhooks of the tests are stand-ins on this machine.
            "GRIDWARD_PUSH_HOSTS": "127.0.0.1",
            "GRIDWARD_WEBHOOK_HOSTS": "127.0.0.1",
            "GRIDWARD_ALLOW_PRIVATE_PUSH": "true",
            **more,
        }

    def make_demo(self, days: int, *, field_work: bool = False) -> None:
        """The invented community with this many days of work, through the real services.

        ``field_work``: with households, visits and patrols; journeys about these begin with a community that has none.
        """
        kind = "--field-work" if field_work else "--reports-only"
        done = programs.run("demo", "--days", str(days), kind, environment=self.environment(), timeout=DEMO_S)
        if done.returncode:
            raise RuntimeError(f"the demo could not be made:\n{done.stdout}{done.stderr}")

    def ask(self, statement: str) -> str:
        """One statement to the database, past every program; rows are lines, cells are parted by ``|``."""
        return self.cluster.sql(statement, database=self.database)

    def accounts(self) -> list[Account]:
        made = json.loads((self.folder / "demo-accounts.json").read_text())
        return [Account(one["role"], one["name"], _path(one["sign_in"])) for one in made]

    def account(self, role: str, of: str = "") -> Account:
        """The first way in of a role; ``of`` is a part of the unit's name."""
        return next(one for one in self.accounts() if one.role == role and of in one.name)


@dataclass(slots=True)
class Server:
    """The API on a port of its own; ``stop`` and ``start`` again keep address and data."""

    installation: Installation
    worker: bool = True
    port: int = field(default_factory=free_port)
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Settings of this server alone."""
    days_later: int = 0
    """How far its clock is ahead: what happens once a month need not be waited for."""
    _running: list[programs.Program] = field(init=False, default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._start("serve", "--lifeline")
        if self.worker:
            self._start("worker", "--lifeline")
        deadline = time.monotonic() + START_S
        while not self._answers():
            if _has_ended(self._running[0]) or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"no answer on {self.origin}:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdin is not None
            process.stdin.close()
        self._running.clear()

    def log(self) -> str:
        """Everything that its programs have written."""
        return self._log.read_text(errors="replace")

    @property
    def _log(self) -> Path:
        return self.installation.folder / f"server-{self.port}.log"

    def _start(self, *arguments: str) -> None:
        environment = self.installation.environment(GRIDWARD_PORT=str(self.port), **self.chosen)
        later = (str(self.days_later),) if self.days_later else ()
        with self._log.open("ab") as log:
            self._running.append(
                programs.start(
                    *later,
                    *arguments,
                    environment=environment,
                    stdin=subprocess.PIPE,
                    stdout=log.fileno(),
                    stderr=log.fileno(),
                    enter=LATER if self.days_later else programs.MAIN,
                )
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/api/v1/hello", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _has_ended(process: programs.Program, within_s: float = 0.1) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _path(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}#{parts.fragment}"
