"""A body beyond its limit: refused as everything is."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridward.web.problems import problem

LET_RUN_BYTES = 16 * 1024 * 1024
LET_RUN_S = 20.0


class TooLarge:
    """ASGI middleware: a body beyond its limit is answered with a problem document.

    Starlette says so in plain text, also in place of what the application has answered, and a phone takes an answer that is
    no problem document for no answer at all: it would send the same thing for ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        arrived = said = False

        async def noted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived = not message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            nonlocal said
            if said:
                return
            if message["type"] == "http.response.start" and message["status"] == 413 and _is_plain(message):
                said = True
                await let_run()
                await problem(413, "too_large")(scope, receive, send)
                return
            await send(message)

        async def let_run() -> None:
            # An answer sent against the stream is lost with the connection's reset.
            left = LET_RUN_BYTES
            try:
                async with asyncio.timeout(LET_RUN_S):
                    while not arrived and left > 0:
                        left -= len((await noted()).get("body", b""))
            except TimeoutError:
                return

        await self.app(scope, noted, sent)


def _is_plain(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/plain")
