"""A program outside that is told: a real server on this machine that answers as it is told, late, wrong, or never."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HANG = b""
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-More-%d: %s\r\n" % (at, b"x" * 400) for at in range(400))
"""Says OK and goes on and on with headers that never end."""
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"<script>" * 8000


@dataclass(slots=True)
class Receiver:
    """A real server on this machine that answers as it is told."""

    answer: Callable[[int], bytes] = lambda _: OK
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._call, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.came]

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.came.append((line.split()[1], headers, body))
                answer = self.answer(len(self.came))
                if answer == HANG:
                    await asyncio.Event().wait()
                writer.write(answer)
                await writer.drain()
        finally:
            self._calls.discard(task)
            writer.close()
