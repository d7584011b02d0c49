"""The API as a test sees it: a clock that can be set, quiet twins for every door, and a browser for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import NOON, Member
from gridward.app import create_app
from gridward.gateways.blobstore import FolderBlobs
from gridward.gateways.channels.push import QuietPush
from gridward.gateways.channels.sms import QuietSms
from gridward.gateways.channels.webhook import QuietWebhooks
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import DirectPictures
from gridward.persistence.accounts.rows import SessionRow
from gridward.persistence.database import WriteSession
from gridward.services.accounts.passwords import Passwords
from gridward.web.deps import Parts

ORIGIN = "http://127.0.0.1:8000"
KEY = b"k" * 32


@dataclass(slots=True)
class Clock:
    """The time of the API process, moved by hand."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass(slots=True, kw_only=True)
class Served:
    """A running API: ``browser()`` for nobody yet, ``browser(member)`` for somebody signed in."""

    parts: Parts
    clock: Clock
    sms: QuietSms
    push: QuietPush = field(default_factory=QuietPush)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(self.parts, pages=None)

    def browser(
        self, member: Member | None = None, *, address: str = "203.0.113.7", **headers: str
    ) -> httpx.AsyncClient:
        """As our own pages send: the app's header, same origin."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, client=(address, 40000)),
            base_url=f"{self.parts.public_url}/api/v1",
            headers={"X-Gridward": "1", "Sec-Fetch-Site": "same-origin", **headers},
        )
        if member is not None:
            client.cookies.set("__Host-sid" if self.parts.secure_cookies else "sid", member.token)
        return client

    @contextmanager
    def over_https(self) -> Iterator[Served]:
        """The same installation behind TLS."""
        parts = replace(self.parts, public_url="https://grid.example.org", secure_cookies=True)
        yield Served(parts=parts, clock=self.clock, sms=self.sms, push=self.push)


def serve(engine: AsyncEngine, folder: Path) -> Served:
    """An API over this database; photos lie in ``folder``."""
    clock, sms, push = Clock(), QuietSms(), QuietPush()
    parts = Parts(
        engine=engine,
        now=clock,
        blobs=FolderBlobs(folder),
        pictures=DirectPictures(),
        sms=sms,
        push=push,
        webhooks=QuietWebhooks(),
        secret_key=KEY,
        number_key=NumberKey(KEY),
        public_url=ORIGIN,
        secure_cookies=False,
        passwords=Passwords.cheap(),
    )
    return Served(parts=parts, clock=clock, sms=sms, push=push)


async def days_later(
    served: Served, write: Callable[[], AbstractAsyncContextManager[WriteSession]], **span: float
) -> None:
    """Time goes by; everybody has just been here, so that nobody's session has run out."""
    at = served.clock.forward(**span)
    async with write() as session:
        await session.execute(update(SessionRow).values(seen_at=at))
