"""Who saw what: for auditors everybody's, for each person the own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.disclosures import Personal
from gridward.domain.errors import Forbidden
from gridward.persistence import disclosures as stored
from gridward.web.deps import CurrentActor, Read

router = APIRouter(tags=["disclosures"])

PAGE = 50


class SeenOut(BaseModel):
    """A personal field that somebody was shown, ``times`` times between ``first_at`` and ``last_at`` (within an hour).

    ``reader`` and ``subject`` are names as they are now; in one's own list the reader is named by ``roles`` only.
    """

    disclosure_id: UUID
    reader: str | None
    roles: list[str]
    via: str
    subject_id: UUID
    subject: str | None
    field: Personal
    about_id: UUID | None
    first_at: datetime
    last_at: datetime
    times: int


class SeenPage(BaseModel):
    """The newest first; ``more``: ask again with ``before`` and ``before_id`` of the last."""

    seen: list[SeenOut]
    more: bool


@router.get("/disclosures")
async def of_everybody(
    session: Read,
    who: CurrentActor,
    subject_id: UUID | None = None,
    reader_id: UUID | None = None,
    before: datetime | None = None,
    before_id: UUID | None = None,
) -> SeenPage:
    """For auditors: who was shown what of whom."""
    require(who, "audit:read", Subject(jurisdiction_id=who.jurisdiction_id))
    after = (before, before_id) if before is not None and before_id is not None else None
    rows = await stored.page(
        session, who.jurisdiction_id, subject_id=subject_id, reader_id=reader_id, after=after, limit=PAGE + 1
    )
    return _page(rows, who, named=True)


@router.get("/my/disclosures")
async def of_me(
    session: Read, who: CurrentActor, before: datetime | None = None, before_id: UUID | None = None
) -> SeenPage:
    """Who was shown something of mine, by what they are."""
    if who.person_id is None:
        raise Forbidden("not_permitted", action="disclosure:read_own")
    own = Subject(jurisdiction_id=who.jurisdiction_id, owner_ids=frozenset({who.person_id}))
    require(who, "disclosure:read_own", own)
    after = (before, before_id) if before is not None and before_id is not None else None
    rows = await stored.page(session, who.jurisdiction_id, subject_id=who.person_id, after=after, limit=PAGE + 1)
    return _page(rows, who, named=False)


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
