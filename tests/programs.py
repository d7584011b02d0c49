"""Gridward's programs as processes of their own, forked from one that has read the sources already.

To read them takes a program three seconds of processor time, and the tests start some two hundred. Apart from that each
is as if typed: a pid and a session of its own, its environment, streams and exit code. That a program also starts from
nothing is shown by ``platform/test_up`` and ``platform/test_bench``, that a command finds its files by ``cli/test_program``.
"""

from __future__ import annotations

import array
import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

CHECKOUT = Path(__file__).parents[1]
MAIN = "gridward.cli:main"
READ_LATE = (
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What uvicorn reads only when it serves."""
LONGEST_REQUEST = 1 << 17
PATIENCE_S = 120.0


@dataclass(slots=True)
class Program:
    """A program under way, in what the tests use of it like :class:`subprocess.Popen`."""

    args: Sequence[str]
    pid: int
    stdin: IO[Any] | None
    stdout: IO[Any] | None
    stderr: IO[Any] | None
    returncode: int | None = None
    _handle: int = field(init=False)

    def __post_init__(self) -> None:
        self._handle = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, less than nothing for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            ended, _, _ = select.select([self._handle], [], [], timeout)
            if not ended:
                raise subprocess.TimeoutExpired(list(self.args), timeout or 0.0)
            self.returncode = os.waitstatus_to_exitcode(_starter().ask({"reap": self.pid}))
            os.close(self._handle)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = PATIENCE_S) -> tuple[str, str]:
        """What it said until its end, killed when that has not come in time. Raises subprocess.TimeoutExpired."""
        in_time = time.monotonic() + timeout
        late = threading.Timer(timeout, self.kill)
        late.start()
        try:
            with ThreadPoolExecutor(2) as both:
                said = list(both.map(_all_of, (self.stdout, self.stderr)))
            self.wait(timeout)
        finally:
            late.cancel()
        if time.monotonic() > in_time:
            raise subprocess.TimeoutExpired(list(self.args), timeout)
        return said[0], said[1]


def _all_of(stream: IO[Any] | None) -> str:
    if stream is None:
        return ""
    with stream:
        return str(stream.read())


def start(
    *arguments: str,
    environment: Mapping[str, str],
    stdin: int | None = None,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    enter: str = MAIN,
) -> Program:
    """``gridward ARGUMENTS``.

    Args:
        stdin, stdout, stderr: As for :class:`subprocess.Popen`; nothing to read by default, pipes of text to write into.
        enter: ``module:function``, another way into the program.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    ours: list[IO[Any] | None] = []
    theirs: list[int] = []
    for wish, writes in ((stdin, True), (stdout, False), (stderr, False)):
        if wish == subprocess.PIPE:
            reading, writing = os.pipe()
            kept, given = (writing, reading) if writes else (reading, writing)
            ours.append(os.fdopen(kept, "wb", 0) if writes else os.fdopen(kept, encoding="utf-8"))
            theirs.append(given)
        else:
            ours.append(None)
            theirs.append(os.dup(nothing if wish is None else wish))
    request = {"enter": enter, "arguments": arguments, "environment": dict(environment), "folder": str(Path.cwd())}
    try:
        pid = _starter().ask(request, theirs)
    finally:
        for number in (nothing, *theirs):
            os.close(number)
    return Program(arguments, pid, *ours)


def run(
    *arguments: str, environment: Mapping[str, str], timeout: float = PATIENCE_S
) -> subprocess.CompletedProcess[str]:
    """``gridward ARGUMENTS`` to its end."""
    program = start(*arguments, environment=environment)
    out, err = program.communicate(timeout)
    assert program.returncode is not None
    return subprocess.CompletedProcess(["gridward", *arguments], program.returncode, out, err)


class _Starter:
    """The process that all of them come from; it ends with us, its socket being closed."""

    def __init__(self) -> None:
        self._line, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._alone = threading.Lock()
        # The width of what is said is each program's own matter, and read at the start where it is given.
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        own = {"PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT / 'tests'}", "OPENBLAS_NUM_THREADS": "1"}
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(its.fileno())],
                env={**kept, **own},
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self.end)

    def ask(self, request: Mapping[str, object], streams: Sequence[int] = ()) -> int:
        given = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))] if streams else []
        with self._alone:
            self._line.sendmsg([json.dumps(request).encode()], given)
            answer = self._line.recv(64)
        if not answer:
            raise RuntimeError(f"the process that starts programs has ended ({self._process.wait()})")
        return int(answer)

    def end(self) -> None:
        self._line.close()
        self._process.wait()


@cache
def _starter() -> _Starter:
    return _Starter()


def _started(line: socket.socket) -> str:
    """Serves starts until the other side is gone. Returns in each process that was started: the way in."""
    while True:
        content, streams, _, _ = socket.recv_fds(line, LONGEST_REQUEST, 3)
        if not content:
            sys.exit()
        request = json.loads(content)
        if "reap" in request:
            answer = os.waitpid(request["reap"], 0)[1]
        else:
            answer = os.fork()
            if answer == 0:
                line.close()
                return _become(request, streams)
            for number in streams:
                os.close(number)
        line.send(str(answer).encode())


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> str:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["gridward", *request["arguments"]]
    return str(request["enter"])


def _main() -> None:
    import_module("gridward.cli").load([])
    for name in READ_LATE:
        import_module(name)
    import_module("gridward.app").routes()
    # What is shared stays shared: collecting would write into every page of it.
    gc.collect()
    gc.freeze()
    module, _, function = _started(socket.socket(fileno=int(sys.argv[1]))).partition(":")
    getattr(import_module(module), function)()


if __name__ == "__main__":
    _main()
