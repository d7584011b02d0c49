"""Reports and operations as phones make them, for tests that file and act: through services or over HTTP."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from PIL import Image

from cast import MARKET, NOON, Member, Town
from gridward.domain import sync
from gridward.domain.accounts import program
from gridward.domain.routing.rules import RuleSet, default_rules
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.pictures import DirectPictures
from gridward.persistence.database import WriteSession
from gridward.services.evidence import uploading
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_built_in
from gridward.services.tickets.act import Answer, act
from gridward.services.tickets.report import Filed, file_report

PICTURES, BLOBS = DirectPictures(), MemoryBlobs()


async def open_town(session: WriteSession, town: Town, now: datetime = NOON) -> None:
    """The town gets our standard, its calendars, and the rules a jurisdiction starts with."""
    by = program(town.jurisdiction_id, "demo")
    await publish_built_in(session, by, valid_from=date(2026, 1, 1), now=now)
    await routing.keep(session, by, RuleSet(version=1, rules=default_rules(()), duties=()), now=now)


def picture(seed: int = 1) -> bytes:
    """A small JPEG; each seed another one, although near-by colours are the same to JPEG."""
    out = BytesIO()
    Image.new("RGB", (32, 24), (seed % 256, seed // 256 % 256, 90)).save(out, "JPEG", comment=str(seed))
    return out.getvalue()


async def deliver(session: WriteSession, who: Member, seed: int = 1, now: datetime = NOON) -> str:
    """A photo of this person is kept; answers its digest."""
    content = picture(seed)
    sha256 = hashlib.sha256(content).hexdigest()
    stored = await uploading.develop(
        content, sha256, zone=ZoneInfo("Asia/Shanghai"), photo_id=uuid4(), pictures=PICTURES, blobs=BLOBS
    )
    await uploading.keep(session, who.actor, stored, now=now)
    return sha256


def location(at: tuple[float, float], accuracy_m: float = 8.0) -> sync.Location:
    return sync.Location(lon=at[0], lat=at[1], accuracy_m=accuracy_m, age_s=1.0, source="gps")


def report(
    category: str = "litter_full",
    *,
    at: tuple[float, float] | None = MARKET,
    accuracy_m: float = 8.0,
    now: datetime = NOON,
    digest: str | None = None,
    captured_at: datetime | None = None,
    **body: Any,
) -> sync.ReportEnvelope:
    """A report made just now, online."""
    return sync.ReportEnvelope(
        schema=1,
        digest=digest or uuid4().hex,
        body=sync.ReportBody(category=category, location=location(at, accuracy_m) if at else None, **body),
        clock=sync.PhoneClock(captured_at=captured_at or now, offset_ms=0.0, offset_at=now),
        sending=sync.Sending(client_now=now),
    )


def operation(
    type_: str,
    seen: sync.Seen | None = None,
    *,
    now: datetime = NOON,
    done_at: datetime | None = None,
    digest: str | None = None,
    after: UUID | None = None,
    **body: Any,
) -> sync.OperationEnvelope:
    """An operation sent at ``now`` about something done at ``done_at``."""
    return sync.OperationEnvelope(
        schema=1,
        digest=digest or uuid4().hex,
        type=type_,
        seen=seen or sync.Seen(),
        body=body,
        after=after,
        clock=sync.PhoneClock(captured_at=done_at or now, offset_ms=0.0, offset_at=now),
        sending=sync.Sending(client_now=now),
    )


@dataclass(slots=True)
class Story:
    """One ticket and what has been answered so far: each step shows what the step before left on screen."""

    ticket_id: UUID
    now: datetime
    seen: sync.Seen = field(default_factory=sync.Seen)
    last: Answer | None = None

    async def does(self, session: WriteSession, who: Member, type_: str, *, chance: float = 0.9, **more: Any) -> Answer:
        """One step by somebody who sees the newest state."""
        answer = await act(
            session,
            who.actor,
            self.ticket_id,
            uuid4(),
            operation(type_, self.seen, now=self.now, **more),
            self.now,
            chance=chance,
        )
        self.look(answer)
        return answer

    def look(self, answer: Answer) -> None:
        self.last = answer
        if answer.status == 200:
            self.seen = seen_of(answer.body)


def seen_of(body: Any) -> sync.Seen:
    def read(name: str) -> UUID | None:
        return UUID(body[name]) if body.get(name) else None

    return sync.Seen(version=body["version"], assignment_id=read("assignment_id"), resolution_id=read("resolution_id"))


async def filed(session: WriteSession, who: Member, envelope: sync.ReportEnvelope, now: datetime = NOON) -> Filed:
    return await file_report(session, who.actor, uuid4(), envelope, now)
