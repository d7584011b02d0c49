"""A roster from a file at the desk: first what it would change, then published, with invites to show or print."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import segno
from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, may, require
from gridward.domain.accounts_roster import RosterLine
from gridward.domain.errors import Malformed
from gridward.gateways.imports.rosters import read_roster
from gridward.persistence.accounts import people
from gridward.services.accounts.invites import Invited, make_invites
from gridward.services.accounts.roster_import import judge_roster, publish_roster, report_of
from gridward.web.deps import Built, CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BASE64, MOST_BODY, ImportShown, check_seen, shown_import

router = APIRouter(prefix="/people", tags=["accounts"])

MOST_LINES = 2_000
"""What one answer can carry invites for; the command line takes more."""


class RosterFile(BaseModel):
    """A workbook's first sheet or CSV, base64."""

    model_config = ConfigDict(extra="forbid")

    content: Annotated[Base64Bytes, Field(max_length=MOST_BASE64)]


class RosterToPublish(RosterFile):
    """``seen``: the preview's own. ``invite``: also make invites for those who are new on the roster."""

    seen: Annotated[str, Field(max_length=64)]
    invite: bool = False


class InviteToPrint(BaseModel):
    """Shown once, as a person's one invite is."""

    name: str
    community: str | None
    url: str
    qr: str
    printed_code: str | None
    expires_at: datetime | None


class RosterPublished(BaseModel):
    report: ImportShown
    added: int
    invites: list[InviteToPrint]


@router.post("/import/draft", max_body_size=MOST_BODY)
async def draft(body: RosterFile, session: Read, who: CurrentActor, at: Now) -> ImportShown:
    """What a roster would change, line by line; nothing is stored."""
    require(who, "people:import", Subject(jurisdiction_id=who.jurisdiction_id))
    lines = await _lines(body.content)
    return shown_import(report_of(await judge_roster(session, who, lines, at)))


@router.post("/import", max_body_size=MOST_BODY)
async def publish(body: RosterToPublish, session: Write, who: CurrentActor, built: Built, at: Now) -> RosterPublished:
    """Publish the lines that are ready, all in one act. 409 ``import_moved_on``: look again."""
    everywhere = Subject(jurisdiction_id=who.jurisdiction_id)
    require(who, "people:import", everywhere)
    judged = await judge_roster(session, who, await _lines(body.content), at)
    check_seen(report_of(judged), body.seen)
    done = await publish_roster(session, who, judged, at)
    invited: Sequence[Invited] = ()
    if body.invite and done.added and may(who, "people:invite", everywhere):
        invited = await make_invites(session, built.secret_key, who, done.added, at)
    labels = await people.community_labels(session, who.jurisdiction_id, [one.person_id for one in invited])
    names = {person_id: name for person_id, (_, name) in labels.items()}
    return RosterPublished(
        report=shown_import(report_of(judged).applied_as_read()),
        added=len(done.added),
        invites=[
            InviteToPrint(
                name=one.name,
                community=names.get(one.person_id),
                url=one.url(built.public_url),
                qr=segno.make(one.url(built.public_url), error="m", micro=False).svg_data_uri(scale=3, border=2),
                printed_code=one.printed_code,
                expires_at=one.expires_at,
            )
            for one in sorted(invited, key=lambda one: (names.get(one.person_id) or "", one.name))
        ],
    )


async def _lines(content: bytes) -> tuple[RosterLine, ...]:
    lines = await asyncio.to_thread(read_roster, content)
    if len(lines) > MOST_LINES:
        raise Malformed("too_many_lines", most=MOST_LINES)
    return lines
