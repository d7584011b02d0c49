"""The phone's wire for real: HTTP over TCP, a new connection for each request, a limit in time for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from drills.phone import Reply, Unreachable


class HttpWire:
    """Args: ``port`` of the link; ``cookie`` of who is signed in, asked for each time."""

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
