"""What a route may ask for: the time, a session, the actor, and the doors outward.

The session of a writing route is committed here, before the answer leaves (``scope="function"``): a client that reads a
success has it on disk. By default FastAPI would close it after the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.accounts import Actor
from gridward.domain.disclosures import Sight
from gridward.domain.errors import Refusal
from gridward.domain.evidence import PhotoRules
from gridward.domain.territory_base_map import BaseMap
from gridward.gateways.blobstore import BlobStore
from gridward.gateways.channels.push import NoPush, PushChannel
from gridward.gateways.channels.sms import SmsChannel
from gridward.gateways.channels.webhook import NoWebhooks, WebhookChannel
from gridward.gateways.erasures import Ledger, MemoryLedger
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import Pictures
from gridward.gateways.sheets import MOST_ROWS
from gridward.persistence.database import (
    Glance,
    ReadSession,
    WriteSession,
    glance,
    reach_homes,
    read_transaction,
    write_transaction,
)
from gridward.services import disclosures
from gridward.services.accounts import sign_in
from gridward.services.accounts.passwords import Passwords
from gridward.services.evidence.room import Room
from gridward.web.gate import Gate
from gridward.web.shelf import Shelf
from gridward.web.telephone import Telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything the API process was built from; made once by ``app.py``, the only place that knows the settings.

    ``now`` is the clock. ``secure_cookies`` is false only on plain-HTTP localhost. ``file_rows``: the most that one
    exported file holds.
    """

    engine: AsyncEngine
    now: Callable[[], datetime]
    blobs: BlobStore
    pictures: Pictures
    sms: SmsChannel
    push: PushChannel = field(default_factory=NoPush)
    webhooks: WebhookChannel = field(default_factory=NoWebhooks)
    secret_key: bytes
    number_key: NumberKey
    public_url: str
    secure_cookies: bool
    base_map: BaseMap | None = None
    photo_rules: PhotoRules = field(default_factory=PhotoRules)
    photo_room: Room = field(default_factory=Room)
    passwords: Passwords = field(default_factory=Passwords)
    gate: Gate = field(default_factory=Gate)
    telephone: Telephone = field(default_factory=Telephone)
    erasures: Ledger = field(default_factory=MemoryLedger)
    file_rows: int = MOST_ROWS
    tiles: Shelf = field(default_factory=Shelf)


class NotSignedIn(Refusal):
    """No session, or one that has ended."""


def parts_of(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


# Every step of a chain of dependencies costs each request; what each request needs asks for its parts itself.


async def parts(request: Request) -> Parts:
    return parts_of(request)


Built = Annotated[Parts, Depends(parts)]


async def now(request: Request) -> datetime:
    return parts_of(request).now()


Now = Annotated[datetime, Depends(now)]


async def session_cookie(request: Request) -> str:
    """The cookie's name; ``__Host-`` needs HTTPS, so plain-HTTP localhost goes without."""
    return "__Host-sid" if parts_of(request).secure_cookies else "sid"


SessionCookie = Annotated[str, Depends(session_cookie)]


class Reader:
    """What a request reads with: a glance, or the one reading transaction, opened when it is first asked for.

    A request holds one connection at a time: if it held one while it waited for a second, it could wait for ever for
    others that do the same.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._open = AsyncExitStack()
        self._session: ReadSession | None = None
        self._glance: Glance | None = None

    async def glance(self) -> Glance:
        if self._glance is None:
            await self.close()
            self._glance = await self._open.enter_async_context(glance(self._engine))
        return self._glance

    async def session(self) -> ReadSession:
        if self._session is None:
            await self.close()
            self._session = await self._open.enter_async_context(read_transaction(self._engine))
        return self._session

    async def close(self) -> None:
        self._session = self._glance = None
        await self._open.aclose()


async def reader(request: Request) -> AsyncIterator[Reader]:
    one = Reader(parts_of(request).engine)
    try:
        yield one
    finally:
        await one.close()


OneReader = Annotated[Reader, Depends(reader, scope="function")]


async def optional_standing(request: Request, one: OneReader) -> sign_in.Standing | None:
    """Who is signed in, looked up for this request: a revoked session or a changed role counts at once."""
    token = request.cookies.get(await session_cookie(request))
    if not token:
        return None
    built = parts_of(request)
    at = built.now()
    standing = await sign_in.standing_of_session(await one.glance(), token, at)
    if standing is not None and standing.touch_due:
        await one.close()
        async with write_transaction(built.engine) as session:
            await sign_in.touch(session, token, at)
    return standing


OptionalStanding = Annotated[sign_in.Standing | None, Depends(optional_standing)]


async def read_session(one: OneReader, _: OptionalStanding) -> ReadSession:
    return await one.session()


async def a_glance(one: OneReader, _: OptionalStanding) -> Glance:
    """The connection that the caller was looked up on."""
    return await one.glance()


async def write_session(request: Request, one: OneReader, _: OptionalStanding) -> AsyncIterator[WriteSession]:
    await one.close()
    async with write_transaction(parts_of(request).engine) as session:
        yield session


class Shown:
    """What of others an answer shows; it is noted before the answer leaves."""

    def __init__(self) -> None:
        self.sights: set[Sight] = set()


async def shown(request: Request, one: OneReader, standing: OptionalStanding) -> AsyncIterator[Shown]:
    found = Shown()
    yield found
    if found.sights and standing is not None:
        await one.close()
        built = parts_of(request)
        async with write_transaction(built.engine) as session:
            await disclosures.note(session, standing.actor, found.sights, built.now())


Noted = Annotated[Shown, Depends(shown, scope="function")]
Read = Annotated[ReadSession, Depends(read_session)]
AtAGlance = Annotated[Glance, Depends(a_glance)]
Write = Annotated[WriteSession, Depends(write_session, scope="function")]


PERSON = "x-person"


async def signed_in(request: Request, standing: OptionalStanding) -> sign_in.Standing:
    """The sender may name the person it speaks for: on a phone that several share, the cookie may be another's by now.

    Raises:
        NotSignedIn: ``not_signed_in``, ``other_person``.
    """
    if standing is None:
        raise NotSignedIn("not_signed_in")
    named = request.headers.get(PERSON)
    if named is not None and named.lower() != str(standing.actor.person_id):
        raise NotSignedIn("other_person")
    return standing


SignedIn = Annotated[sign_in.Standing, Depends(signed_in)]


async def actor(standing: SignedIn) -> Actor:
    return standing.actor


CurrentActor = Annotated[Actor, Depends(actor)]


async def read_at_home(session: Read, who: CurrentActor) -> ReadSession:
    await reach_homes(session, who.jurisdiction_id)
    return session


async def write_at_home(session: Write, who: CurrentActor) -> WriteSession:
    await reach_homes(session, who.jurisdiction_id)
    return session


# A route that touches households, visits or ties asks for these: any other session finds none there.
ReadAtHome = Annotated[ReadSession, Depends(read_at_home)]
WriteAtHome = Annotated[WriteSession, Depends(write_at_home, scope="function")]
