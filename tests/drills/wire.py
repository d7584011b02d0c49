"""What a phone sends with, and what it hears: a whole answer, or nothing. For real it is HTTP over TCP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlencode

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BROKEN = (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError, IndexError)
"""What comes of a connection that breaks, hangs, or says something that is no HTTP."""

WITHOUT_BODY = (204, 304)


class Unreachable(Exception):
    """No whole answer came."""


@dataclass(frozen=True)
class Reply:
    """``headers`` have lower-case names; ``text`` is whole."""

    status: int
    headers: Mapping[str, str]
    text: str

    @cached_property
    def said(self) -> dict[str, Any] | None:
        """What the answer says, if it says it in JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
            return None
        try:
            said = json.loads(self.text)
        except ValueError:
            return None
        return said if isinstance(said, dict) else None

    @property
    def ours(self) -> bool:
        refusal = self.status >= 400 and "problem+json" in self.headers.get("content-type", "")
        return self.said is not None and (refusal or "x-app-ack" in self.headers)

    @property
    def retry_after_s(self) -> float:
        try:
            return max(0.0, float(self.headers.get("retry-after", "0")))
        except ValueError:
            return 0.0


class Wire(Protocol):
    async def put(self, path: str, content: bytes, kind: str) -> Reply: ...

    async def get(self, path: str, query: Mapping[str, str]) -> Reply: ...


class HttpWire:
    """HTTP/1.1 over TCP, as light as a thousand phones in one process need, and a limit in time for each request.

    Args:
        port: of the link or the server, asked for each time.
        cookie: of who is signed in, asked for each time.
        keeps: Connections are used again, as a browser uses them; otherwise each request has one of its own.
    """

    def __init__(
        self, port: Callable[[], int], cookie: Callable[[], str], *, patience_s: float, keeps: bool = False
    ) -> None:
        self._port, self._cookie, self._patience_s, self._keeps = port, cookie, patience_s, keeps
        self._idle: list[Connection] = []

    async def put(self, path: str, content: bytes, kind: str) -> Reply:
        own = f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
        return await self._ask(f"PUT {path}", own, content)

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        return await self._ask(f"GET {path}?{urlencode(query)}", "", b"")

    async def _ask(self, what: str, own: str, content: bytes) -> Reply:
        last = "" if self._keeps else "Connection: close\r\n"
        head = f"{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Gridward: 1\r\nCookie: sid={self._cookie()}\r\n{last}{own}\r\n"
        try:
            async with asyncio.timeout(self._patience_s):
                reader, writer = self._kept() or await asyncio.open_connection("127.0.0.1", self._port())
                try:
                    writer.write(head.encode() + content)
                    await writer.drain()
                    reply = await _reply(reader)
                except BaseException:
                    # A dead phone holds no connection.
                    writer.transport.abort()
                    raise
                if self._keeps:
                    self._idle.append((reader, writer))
                else:
                    writer.close()
                return reply
        except BROKEN as error:
            raise Unreachable(type(error).__name__) from error

    def _kept(self) -> Connection | None:
        """A connection that the server has not closed meanwhile, as a browser looks before it uses one again."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _reply(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    status, length = int(head[0].split(" ")[1]), headers.get("content-length")
    if length is not None:
        body = await reader.readexactly(int(length))
    else:
        body = b"" if status in WITHOUT_BODY else await reader.read()
    return Reply(status, headers, body.decode())
