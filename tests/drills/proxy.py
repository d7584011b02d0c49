"""A bad network between one phone and the server, as TCP sees it: each connection has a fate, drawn by the link's seed."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

READ = 65_536
SEGMENT = 1_460
"""Bytes of one packet on the way."""

HOLE_S = 3.0
GIVEN_UP_S = 20.0

NONE, REFUSE, RESET, HOLE, CAPTIVE = "none", "refuse", "reset", "hole", "captive"
CUT_REQUEST, CUT_ANSWER, LOST_ANSWER, SLOW, AGAIN = "cut_request", "cut_answer", "lost_answer", "slow", "again"
BAD_DAY = {
    REFUSE: 0.05,
    RESET: 0.05,
    HOLE: 0.02,
    CAPTIVE: 0.07,
    CUT_REQUEST: 0.07,
    CUT_ANSWER: 0.07,
    LOST_ANSWER: 0.10,
    SLOW: 0.05,
    AGAIN: 0.08,
}
"""How often each fate falls; what is left is an ordinary connection."""

PORTALS = (
    (b"200 OK", b"text/html", b"<html><form>login</form></html>"),
    (b"200 OK", b"application/json", b'{"status": "ok"}'),
    (b"204 No Content", b"text/plain", b""),
    (b"201 Created", b"text/html", b"<html>created</html>"),
    (b"302 Found", b"text/html", b"moved"),
    (b"403 Forbidden", b"text/html", b"<html>blocked</html>"),
    (b"511 Network Authentication Required", b"text/html", b"<html>login</html>"),
)


@dataclass(slots=True)
class Pace:
    """A thin line that all connections of a link share: bytes per second, and the share of packets that are lost and have
    to be sent again."""

    bytes_per_s: float
    loss: float = 0.0
    again_s: float = 0.25
    """How long its connection waits for a lost packet."""
    _free_at: float = 0.0

    async def carry(self, size: int, dice: random.Random) -> None:
        """Until so many bytes have got through."""
        loop = asyncio.get_running_loop()
        sends = 1
        while dice.random() < self.loss:
            sends += 1
        self._free_at = max(loop.time(), self._free_at) + sends * size / self.bytes_per_s
        await asyncio.sleep(self._free_at - loop.time() + (sends - 1) * self.again_s)


@dataclass(slots=True)
class Link:
    """One phone's way to the server. ``fates`` may be changed at any time; empty is a good network.

    ``sent`` counts the bytes that the phone gave to the network.
    """

    upstream: Callable[[], int]
    seed: int
    fates: dict[str, float] = field(default_factory=dict)
    pace: Pace | None = None
    cut_within: int = 3_000
    """Bytes of a request after which it is cut, at most."""
    sent: int = 0
    fell: Counter[str] = field(default_factory=Counter)
    port: int = 0
    kept: list[bytes] = field(default_factory=list)
    """Whole requests that the network still has a copy of."""
    _dice: random.Random = field(init=False)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """What was on its way has arrived, and so have its copies; what takes longer than anybody waits is given up."""
        for _ in ("requests", "copies"):
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=GIVEN_UP_S)

    async def replay(self, at_most: int) -> None:
        """Some of the requests that it kept reach the server once more; nobody waits for the answers."""
        for request in self._dice.sample(self.kept, min(at_most, len(self.kept))):
            await self._once_more(request, 0.0)

    def heal(self) -> None:
        self.fates, self.pace = {}, None

    def _draw(self) -> str:
        x = self._dice.random()
        for fate, share in self.fates.items():
            x -= share
            if x < 0:
                return fate
        return NONE

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._later(self._carry(reader, writer))

    async def _carry(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        fate = self._draw()
        self.fell[fate] += 1
        try:
            match fate:
                case "refuse":
                    pass
                case "hole":
                    await self._swallow(phone)
                case "captive":
                    await self._portal(phone, to_phone)
                    return
                case _:
                    await self._through(fate, phone, to_phone)
        except OSError:
            pass
        finally:
            reset(to_phone)

    async def _swallow(self, phone: asyncio.StreamReader) -> None:
        """Nothing comes back, until somebody on the way forgets the connection."""
        try:
            async with asyncio.timeout(HOLE_S):
                while await phone.read(READ):
                    pass
        except TimeoutError:
            return

    async def _portal(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        await whole_request(phone)
        status, kind, body = self._dice.choice(PORTALS)
        head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        to_phone.write(head % (status, kind, len(body)) + body)
        await to_phone.drain()
        to_phone.close()

    async def _through(self, fate: str, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        if fate in (LOST_ANSWER, AGAIN):
            request = await whole_request(phone)
            self.sent += len(request)
            self.kept.append(request)
            answer = await self._ask(request)
            if fate == AGAIN:
                to_phone.write(answer)
                await to_phone.drain()
                to_phone.close()
                self._later(self._once_more(request, self._dice.uniform(0, 1.0)))
            return
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream())
        dice = self._dice
        up = dice.randrange(1, self.cut_within) if fate in (CUT_REQUEST, RESET) else None
        down = dice.randrange(0, 700) if fate == CUT_ANSWER else None
        lag = 0.02 if fate == SLOW else 0.0
        try:
            await first_to_end(
                self._pump(phone, to_server, limit=up, lag=lag, count=True),
                self._pump(server, to_phone, limit=down, lag=lag, count=False),
            )
        finally:
            reset(to_server)

    async def _ask(self, request: bytes) -> bytes:
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream())
        try:
            to_server.write(request)
            await to_server.drain()
            return await server.read()
        finally:
            reset(to_server)

    async def _once_more(self, request: bytes, after_s: float) -> None:
        """A copy that took another way: it arrives when the first has long been answered."""
        await asyncio.sleep(after_s)
        try:
            await self._ask(request)
        except OSError:
            return

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        limit: int | None,
        lag: float,
        count: bool,
    ) -> None:
        done = 0
        while data := await reader.read(SEGMENT if lag or self.pace else READ):
            if count:
                self.sent += len(data)
            if limit is not None and done + len(data) >= limit:
                writer.write(data[: limit - done])
                await writer.drain()
                return
            done += len(data)
            await asyncio.sleep(lag)
            if self.pace is not None:
                await self.pace.carry(len(data), self._dice)
            writer.write(data)
            await writer.drain()
        writer.close()


async def whole_request(reader: asyncio.StreamReader) -> bytes:
    """One request, head and body."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
        return head + await reader.readexactly(int(fields.get(b"content-length", b"0")))
    except asyncio.IncompleteReadError as short:
        raise ConnectionResetError("the phone hung up") from short


async def first_to_end(*ways: Awaitable[None]) -> None:
    """Either side that ends, ends the connection."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reset(writer: asyncio.StreamWriter) -> None:
    """RST, as a lost network looks; an answer that was written whole and closed before is not taken back."""
    if writer.transport.is_closing():
        return
    one = writer.get_extra_info("socket")
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
