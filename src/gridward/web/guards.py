"""What every request that changes something must be: sent by our own pages or by a program, never by another site.

A browser adds cookies to requests that other sites make. Three things keep those out, each by itself: a header that a
form cannot send, a content type that a form cannot send, and the browser's own word for where the request comes from.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gridward.web.problems import problem

READING = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-gridward"
PHOTOS = "/photos/"


def own_origins(public_url: str) -> frozenset[str]:
    """The origins of our own pages; this machine has several names."""
    parts = urlsplit(public_url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme == "http" and parts.port is not None:
        return frozenset({origin, *(f"http://{host}:{parts.port}" for host in ("localhost", "127.0.0.1", "[::1]"))})
    return frozenset({origin})


def refusal_of(path: str, headers: Headers, own: frozenset[str]) -> tuple[int, str] | None:
    """Status and code of what is wrong with a changing request; None when nothing is.

    ``Sec-Fetch-Site`` and ``Origin`` are the browser's word: where they are, they must say that it was us. Programs
    send neither, and no browser that keeps cookies sends neither. Photos are taken by their first bytes, whatever they
    are called.
    """
    if headers.get(HEADER) != "1":
        return 403, "header_missing"
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return 403, "foreign_origin"
    if site is None and origin is not None and origin.lower() not in own:
        return 403, "foreign_origin"
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json" and PHOTOS not in path:
        return 415, "content_type_refused"
    return None


class OwnRequests:
    """ASGI middleware; it answers before anything of the request is read."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        self.own = own_origins(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READING:
            refused = refusal_of(scope["path"], Headers(scope=scope), self.own)
            if refused is not None:
                await problem(*refused)(scope, receive, send)
                return
        await self.app(scope, receive, send)
