"""Who saw what: for auditors everybody's, for each person the own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.calendar import local_instant
from gridward.domain.disclosures import Personal
from gridward.domain.errors import Forbidden, Malformed
from gridward.domain.households.register import Dwelling
from gridward.persistence import disclosures as stored
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.web.deps import Built, CurrentActor, Read, ReadAtHome

router = APIRouter(tags=["disclosures"])

PAGE = 50


class SeenOut(BaseModel):
    """A personal field that somebody was shown, ``times`` times between ``first_at`` and ``last_at`` (within an hour).

    ``reader`` and ``subject`` are names as they are now; in one's own list the reader is named by ``roles`` only.
    ``dwelling``: of a household its building and door, nobody's name.
    """

    disclosure_id: UUID
    reader: str | None
    roles: list[str]
    via: str
    subject_id: UUID
    subject: str | None
    dwelling: str | None
    field: Personal
    about_id: UUID | None
    first_at: datetime
    last_at: datetime
    times: int


class SeenPage(BaseModel):
    """The newest first; ``more``: ask again with ``before`` and ``before_id`` of the last."""

    seen: list[SeenOut]
    more: bool


class SeenByAll(SeenPage):
    """``total``: how many there are, of which a file holds ``file_rows``."""

    total: int
    file_rows: int


Part = Annotated[str | None, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Auditing:
    """An auditor's question, and in which zone its days are."""

    session: ReadSession
    wanted: stored.Wanted
    zone: ZoneInfo


async def auditing(
    session: ReadAtHome,
    who: CurrentActor,
    subject_id: UUID | None = None,
    reader_id: UUID | None = None,
    subject: Part = None,
    reader: Part = None,
    first: Annotated[date | None, Query(alias="from", description="First local day")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local day")] = None,
) -> Auditing:
    """Raises: Malformed: ``period_unreadable``."""
    require(who, "audit:read", Subject(jurisdiction_id=who.jurisdiction_id))
    if first is not None and last is not None and last < first:
        raise Malformed("period_unreadable", field="to", text=last.isoformat())
    zone = await time_zone_of(session, who.jurisdiction_id)
    wanted = stored.Wanted(
        jurisdiction_id=who.jurisdiction_id,
        subject_id=subject_id,
        reader_id=reader_id,
        subject=subject and subject.strip(),
        reader=reader and reader.strip(),
        since=local_instant(zone, first, 0) if first else None,
        until=local_instant(zone, last + timedelta(days=1), 0) if last else None,
    )
    return Auditing(session, wanted, zone)


Audits = Annotated[Auditing, Depends(auditing)]


@router.get("/disclosures")
async def of_everybody(
    asks: Audits, who: CurrentActor, built: Built, before: AwareDatetime | None = None, before_id: UUID | None = None
) -> SeenByAll:
    """For auditors: who was shown what of whom. ``subject``, ``reader``: a part of the name; of a household a part of its
    building's."""
    after = (before, before_id) if before is not None and before_id is not None else None
    rows = await stored.page(asks.session, asks.wanted, after=after, limit=PAGE + 1)
    total = await stored.count(asks.session, asks.wanted)
    return SeenByAll(**dict(_page(rows, who, named=True)), total=total, file_rows=built.file_rows)


@router.get("/my/disclosures")
async def of_me(
    session: Read, who: CurrentActor, before: AwareDatetime | None = None, before_id: UUID | None = None
) -> SeenPage:
    """Who was shown something of mine, by what they are."""
    if who.person_id is None:
        raise Forbidden("not_permitted", action="disclosure:read_own")
    own = Subject(jurisdiction_id=who.jurisdiction_id, owner_ids=frozenset({who.person_id}))
    require(who, "disclosure:read_own", own)
    after = (before, before_id) if before is not None and before_id is not None else None
    wanted = stored.Wanted(jurisdiction_id=who.jurisdiction_id, subject_id=who.person_id)
    rows = await stored.page(session, wanted, after=after, limit=PAGE + 1)
    return _page(rows, who, named=False)


def dwelling_of(row: stored.Seen) -> str | None:
    """Building and door; an empty door is a house of one family."""
    if row.building is None or row.door is None:
        return None
    return f"{row.building} {Dwelling(*row.door).label}".strip()


def _page(rows: list[stored.Seen], who: Actor, *, named: bool) -> SeenPage:
    return SeenPage(
        seen=[
            SeenOut(
                disclosure_id=row.disclosure_id,
                reader=row.reader if named else None,
                roles=row.roles,
                via=row.via,
                subject_id=row.subject_id,
                subject=row.subject if named else None,
                dwelling=dwelling_of(row) if named else None,
                field=Personal(row.field),
                about_id=row.about_id,
                first_at=row.first_at,
                last_at=row.last_at,
                times=row.times,
            )
            for row in rows[:PAGE]
        ],
        more=len(rows) > PAGE,
    )
