"""Headers of every answer, faults included, and how long an answer may be kept."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_PICTURES = "img-src 'self' blob: data:"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        OWN_PICTURES,
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"

ACKNOWLEDGEMENT = "X-App-Ack"
"""A captive portal answers 200 and JSON too; what a phone keeps of an answer, only we may have said."""

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
NEVER = "no-store"


def keeping(path: str, status: int) -> str:
    """What may be kept: built files carry their digest in their name; pages and the worker are asked for each time."""
    if path.startswith("/api/"):
        return NEVER
    if path.startswith("/assets/") and status in (200, 206, 304):
        return FOR_EVER
    return ASK_FIRST if status < 400 else NEVER


class Headers:
    """ASGI middleware; it stands outside of everything, so that a fault has the headers as well.

    A route that sets one of these headers itself (a photo's sandbox, an ETag's ``Cache-Control``) is not overruled.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, pictures_from: tuple[str, ...] = ()) -> None:
        """``pictures_from``: the only foreign origins that pictures may come from, those of the base map."""
        self.app = app
        self.fixed = {**ALWAYS, **({"Strict-Transport-Security": STRICT_TRANSPORT} if secure else {})}
        if pictures_from:
            allowed = " ".join((OWN_PICTURES, *pictures_from))
            self.fixed["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(OWN_PICTURES, allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.fixed.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", keeping(scope["path"], message["status"]))
                if scope["path"].startswith("/api/") and message["status"] < 400:
                    headers.setdefault(ACKNOWLEDGEMENT, "1")
            await send(message)

        await self.app(scope, receive, with_headers)
