"""What stands between phones and the server: it gives out the pages of one build, and the way behind it can be cut for real."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from browser.stage.server import PAGES, Server, free_port

OF_THE_SERVER = ("/api/", "/docs", "/p/", "/u/")


@dataclass(slots=True)
class Front:
    """One origin. ``reachable`` false: nobody listens; ``behind`` false: pages come, the server does not."""

    server: Server
    pages: Path = PAGES.parent
    port: int = field(default_factory=free_port)
    behind: bool = True
    slow_s: float = 0.0
    """How long what a phone sends lies on the way, to the server and back."""
    sent: list[str] = field(default_factory=list)
    """Paths of the PUTs that reached the server."""
    _listening: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Nobody listens any more, and what was under way breaks."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _connected(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        self._open.add(to_phone)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(phone, to_phone)
        finally:
            self._open.discard(to_phone)
            to_phone.close()

    async def _answer(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        head = await phone.readuntil(b"\r\n\r\n")
        method, path, *_ = head.decode("latin-1").split(" ")
        if not path.startswith(OF_THE_SERVER):
            to_phone.write(self._page(path.partition("?")[0]))
            await to_phone.drain()
        elif self.behind:
            await self._through(method, path, head, phone, to_phone)

    def _page(self, path: str) -> bytes:
        wanted = self.pages / path.lstrip("/")
        found = wanted if wanted.is_file() else self.pages / "index.html"
        if found is not wanted and "." in path.rpartition("/")[2]:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        content = found.read_bytes()
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        lines = (
            "HTTP/1.1 200 OK",
            f"Content-Type: {kind}",
            f"Content-Length: {len(content)}",
            "Cache-Control: no-cache",
            "Connection: close",
        )
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    async def _through(
        self, method: str, path: str, head: bytes, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter
    ) -> None:
        lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
        length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        body = await phone.readexactly(length)
        slow = self.slow_s if method == "PUT" else 0.0
        await asyncio.sleep(slow)
        server, to_server = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            to_server.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
            answer = await server.read(-1)
        finally:
            to_server.close()
        if method == "PUT":
            self.sent.append(path)
        await asyncio.sleep(slow)
        to_phone.write(answer)
        await to_phone.drain()


@asynccontextmanager
async def front_of(server: Server, *, pages: Path = PAGES.parent) -> AsyncIterator[Front]:
    front = Front(server, pages)
    await front.open()
    try:
        yield front
    finally:
        await front.cut()
