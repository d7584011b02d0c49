"""What a phone sends with, and what it hears: a whole answer, or nothing. For real it is HTTP over TCP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import httpx


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
    """A new connection for each request, and a limit in time for each.

    Args: ``port`` of the link; ``cookie`` of who is signed in, asked for each time."""

    def __init__(self, port: int, cookie: Callable[[], str], *, patience_s: float) -> None:
        self._cookie = cookie
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            transport=httpx.AsyncHTTPTransport(verify=False, limits=httpx.Limits(max_keepalive_connections=0)),
            timeout=patience_s,
            follow_redirects=False,
        )

    async def put(self, path: str, content: bytes, kind: str) -> Reply:
        return await self._ask("PUT", path, content=content, headers={"Content-Type": kind})

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        return await self._ask("GET", path, params=query, headers={})

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], **more: object) -> Reply:
        own = {"Cookie": f"sid={self._cookie()}", "X-Gridward": "1", "Connection": "close"}
        try:
            answer = await self._client.request(method, path, headers={**own, **headers}, **more)  # type: ignore[arg-type]
            text = answer.text
        except httpx.HTTPError as error:
            raise Unreachable from error
        return Reply(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, text)

    async def close(self) -> None:
        await self._client.aclose()
