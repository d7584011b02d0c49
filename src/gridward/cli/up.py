"""`gridward up`: database, tables, demo, API and worker by one command, and all of it gone again after Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import segno
import typer

from gridward.cli.migrating import bring_up_to_date, insist, look
from gridward.cli.program import DATABASE, app, console, embedded, settings, stop
from gridward.settings import Settings, install_secrets, is_this_machine, make_folder

START_S = 120.0
STOP_S = 15.0
ACCOUNTS = "demo-accounts.json"
Address = Callable[[str | None], str]
"""Of the database, for a role that comes in itself; None: for the owner."""


class Wish:
    """The wish to stop, by Ctrl-C, SIGTERM or a closed terminal; steps look at it between each other."""

    def __init__(self) -> None:
        self._set = threading.Event()

    def __call__(self, number: int, _: FrameType | None) -> None:
        if not self._set.is_set() and number == signal.SIGINT:
            console.print("\nstopping …")
        self._set.set()

    def __bool__(self) -> bool:
        return self._set.is_set()

    def wait(self, seconds: float) -> bool:
        return self._set.wait(seconds)


class Children:
    """Programs that end when this one does: on purpose by SIGTERM, otherwise because their standard input closes."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, url: str, *arguments: str) -> subprocess.Popen[bytes]:
        # A session of its own: the terminal's Ctrl-C is for us, we tell the children in their order.
        process = subprocess.Popen(
            [sys.executable, "-m", "gridward", *arguments],
            stdin=subprocess.PIPE,
            env={**self._environment, "DATABASE_URL": url},
            start_new_session=True,
        )
        self._running[name] = process
        return process

    def ended(self) -> str | None:
        """The name of one that has ended, in words with its exit code."""
        for name, process in self._running.items():
            if process.poll() is not None:
                return f"{name} ended by itself (exit code {process.returncode})"
        return None

    def run(self, wish: Wish, name: str, url: str, *arguments: str) -> bool:
        """Run one to its end; False when it failed or the wish came first."""
        process = self.start(name, url, *arguments)
        while process.poll() is None and not wish.wait(0.1):
            pass
        self._stop(name)
        return process.returncode == 0

    def stop(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name in list(self._running):
            self._stop(name)

    def _stop(self, name: str) -> None:
        process = self._running.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            console.print(f"{name} did not stop within {STOP_S:.0f} s: killed")
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


@app.command()
def up(
    demo: Annotated[
        bool | None,
        typer.Option(help="Make the invented demo community if the database is empty (default with the embedded one)."),
    ] = None,
) -> None:
    """Start everything: database, tables, demo community, API, pages, worker. Ctrl-C stops everything."""
    chosen = settings()
    wish = Wish()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, wish)
    check_port(chosen)
    make_folder(chosen.folder)
    install_secrets(chosen.folder)
    console.print(f"data      {chosen.folder}")
    with running_database(chosen) as address:
        if wish:
            return
        url = address(None)
        console.print(f"tables    {bring_up_to_date(url)}")
        insist(look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True))
        children = Children({"GRIDWARD_DATA": str(chosen.folder)})
        try:
            run_all(chosen, address, children, wish, demo=chosen.database_url is None if demo is None else demo)
        finally:
            children.stop()
    console.print("stopped")


def run_all(chosen: Settings, address: Address, children: Children, wish: Wish, *, demo: bool) -> None:
    if demo and not wish:
        console.print("demo      looking whether the database is empty …")
        if not children.run(wish, "demo", address(None), "demo", "--if-empty") and not wish:
            stop("The demo community could not be made, see above. `gridward up --no-demo` starts without it.")
    if wish:
        return
    children.start("the API", address("gridward_app"), "serve", "--lifeline")
    children.start("the worker", address("gridward_worker"), "worker", "--lifeline")
    await_answer(chosen, children, wish)
    if not wish:
        announce(chosen)
    while not wish.wait(0.5):
        ended = children.ended()
        if ended is not None:
            stop(f"{ended}, so everything is stopped")


@contextmanager
def running_database(chosen: Settings) -> Iterator[Address]:
    if chosen.database_url is not None:
        console.print("database  yours (DATABASE_URL)")
        yours = chosen.database_url.get_secret_value()
        yield lambda _: yours
        return
    cluster = embedded(chosen)
    began = time.monotonic()
    with cluster:
        url = cluster.ensure_database(DATABASE)
        console.print(f"database  started in {time.monotonic() - began:.1f} s")
        yield lambda role: url if role is None else cluster.url_as(DATABASE, role)


def check_port(chosen: Settings) -> None:
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as error:
            stop(f"Port {chosen.port} on {chosen.host} cannot be used ({error.strerror}): set GRIDWARD_PORT to another")


def await_answer(chosen: Settings, children: Children, wish: Wish) -> None:
    host = chosen.host if is_this_machine(chosen.host) else "127.0.0.1"
    address = f"http://{f'[{host}]' if ':' in host else host}:{chosen.port}/api/v1/hello"
    deadline = time.monotonic() + START_S
    while not wish:
        ended = children.ended()
        if ended is not None:
            stop(f"{ended} while starting, see above")
        if answers(address):
            return
        if time.monotonic() > deadline:
            stop(f"The API did not answer within {START_S:.0f} s on {address}")
        wish.wait(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 -- our own http address
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def announce(chosen: Settings) -> None:
    out = sys.stdout
    out.write(f"\nGridward is at {chosen.origin}\n")
    path = chosen.folder / ACCOUNTS
    if path.exists():
        accounts = json.loads(path.read_text())
        out.write("\nDemo accounts, all invented; a link signs in on this machine's browser:\n\n")
        width = max((len(one["role"]) for one in accounts), default=0)
        for one in accounts:
            password = f"   password {one['password']}" if one.get("password") else ""
            out.write(f"  {one['role']:<{width}}  {one['name']}\n  {'':<{width}}  {one['sign_in']}{password}\n")
        if chosen.secure and accounts:
            out.write(f"\nFor a phone, {accounts[0]['role']}:\n")
            segno.make(accounts[0]["sign_in"]).terminal(out, compact=True)
        out.write(f"\nAlso in {path}\n")
    elif urlsplit(chosen.origin).hostname:
        out.write("No demo accounts: `gridward invite` makes the first sign-in link.\n")
    out.write("\nCtrl-C stops everything.\n")
    out.flush()
