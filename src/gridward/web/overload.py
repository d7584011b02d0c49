"""More than this process can do at once: what matters most goes first, the rest waits a moment, then comes again later.

What people have not delivered yet goes before what they want to see. Who finds no place gets 503 with ``Retry-After``,
drawn so that a crowd that is turned away together does not come back together. A phone keeps what it wanted to send.

Photos are counted apart: most of their time is spent in the air, and a place held by a slow phone is no work.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridward.web.gate import Gate, TurnedAway, Work
from gridward.web.problems import problem
from gridward.web.telephone import Telephone

API = "/api/"
OPEN_PAGES = ("/p/", "/u/")
"""Opened by a whole chat group at once, by people who may read nothing else."""

PHOTO = re.compile(r"/api/v1/photos/[^/]+|/u/[^/]+/photos/[^/]+")
FILE = re.compile(
    r"/api/v1/(past-tickets/.*|(territory/imports|standards|people/import)(/draft)?|routing/rules/file|street-forms/[^/]+)"
)
"""A file to be imported is larger than other requests, and arrives whole before it takes a place all the same."""

CLASS_OF: tuple[tuple[str, re.Pattern[str], Work], ...] = (
    ("PUT", PHOTO, Work.REPORT),
    ("PUT", re.compile(r"/api/v1/reports/[^/]+"), Work.REPORT),
    ("PUT", re.compile(r"/api/v1/tickets/[^/]+/operations/[^/]+"), Work.OPERATION),
    ("GET", re.compile(r"/api/v1/(hello|changes|changes/stream|snapshot|notifications|my/scope)"), Work.PULL),
    ("GET", re.compile(r"/api/v1/(tiles/.*|tickets/points)"), Work.TILE),
    ("GET", re.compile(r"/api/v1/tickets/[^/]+"), Work.PULL),
    ("GET", re.compile(r"/api/v1/routing/(compare|rules/file)"), Work.EXPORT),
    ("POST", re.compile(r"/api/v1/routing/(coverage|dry-run|rules/file)"), Work.EXPORT),
    ("GET", re.compile(r"/api/v1/territory/figures"), Work.EXPORT),
    ("GET", re.compile(r"/api/v1/figures/(export|suppose)"), Work.EXPORT),
    (
        "GET",
        re.compile(r"/api/v1/(disclosures|supervision-orders|(registers|street-forms|publications)/[^/]+)/file"),
        Work.EXPORT,
    ),
    ("GET", re.compile(r"/api/v1/(standards|calendars)/[^/]+/(diff|document)"), Work.EXPORT),
    ("POST", re.compile(r"/api/v1/(standards/draft|calendars/draft|territory/changes/preview)"), Work.EXPORT),
    ("POST", re.compile(r"/api/v1/past-tickets/.*"), Work.EXPORT),
    ("GET", re.compile(r"/api/.*"), Work.READ),
    ("HEAD", re.compile(r"/api/.*"), Work.READ),
    ("GET", re.compile(r"/[pu]/.*"), Work.READ),
)
"""First match wins; what is left changes something for somebody at a screen and counts as an operation."""


def class_of(method: str, path: str) -> Work | None:
    """Which class a request belongs to; None: a file of the pages, which costs nothing worth counting."""
    if not path.startswith((API, *OPEN_PAGES)):
        return None
    return next((work for verb, known, work in CLASS_OF if verb == method and known.fullmatch(path)), Work.OPERATION)


class Overload:
    """ASGI middleware: a request gets its place once it has arrived whole, and keeps it until its answer begins."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        telephone: Telephone,
        most_body_bytes: int,
        most_file_bytes: int,
        body_s: float = 30.0,
    ) -> None:
        self.app = app
        self.gate = gate
        self.telephone = telephone
        self.most_body_bytes = most_body_bytes
        self.most_file_bytes = most_file_bytes
        self.body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = class_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if work is None:
            await self.app(scope, receive, send)
        elif scope["method"] == "PUT" and PHOTO.fullmatch(scope["path"]):
            await self._upload(scope, receive, send)
        else:
            await self._request(work, scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.gate.take_upload()
        except TurnedAway as away:
            await _turn_away(away, self.telephone.known, scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self.gate.end_upload()

    async def _request(self, work: Work, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self.body_s):
                most = self.most_file_bytes if FILE.fullmatch(scope["path"]) else self.most_body_bytes
                whole = await self._whole(receive, most)
        except TimeoutError:
            await problem(408, "request_too_slow")(scope, receive, send)
            return
        if whole is None:
            return
        try:
            await self.gate.enter(work)
        except TurnedAway as away:
            await _turn_away(away, self.telephone.known, scope, receive, send)
            return
        held = True

        def let_go() -> None:
            nonlocal held
            if held:
                held = False
                self.gate.leave(work)

        async def from_start(message: Message) -> None:
            # The transaction has ended and the answer is made; a slow reader must not keep the place.
            if message["type"] == "http.response.start":
                let_go()
            await send(message)

        async def again() -> Message:
            return whole.popleft() if whole else await receive()

        try:
            await self.app(scope, again, from_start)
        finally:
            let_go()

    async def _whole(self, receive: Receive, most: int) -> deque[Message] | None:
        """All of a body, or as much of it as shows that it is too large; None when the sender has gone."""
        messages: deque[Message] = deque()
        size, more = 0, True
        while more and size <= most:
            message = await receive()
            if message["type"] != "http.request":
                return None
            messages.append(message)
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        return messages


CROWDED = "现在打开的人多，请过一会儿再打开。\nMany people are looking just now: please open it again in a moment.\n"
CALL = "社区电话 Call the community: {telephone}\n"


async def _turn_away(away: TurnedAway, telephone: str | None, scope: Scope, receive: Receive, send: Send) -> None:
    facts = {"retry_after_s": away.retry_after_s}
    if scope["path"].startswith(OPEN_PAGES) and scope["method"] == "GET":
        headers = {"Retry-After": str(away.retry_after_s)}
        whom = CALL.format(telephone=telephone) if telephone else ""
        await PlainTextResponse(CROWDED + whom, 503, headers)(scope, receive, send)
        return
    await problem(503, "overloaded", facts, away.retry_after_s)(scope, receive, send)
