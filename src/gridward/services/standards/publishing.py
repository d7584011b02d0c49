"""Publishing standards and calendars: always a new version, never an edit, live tickets untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.calendar import WorkingCalendar
from gridward.domain.entries import Deed, canonical
from gridward.domain.errors import Conflict
from gridward.domain.standards import Standard, Text
from gridward.domain.standards_builtin import built_in_calendars, built_in_standard
from gridward.domain.standards_document import to_document
from gridward.gateways.holidays import official_days_of_china
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id, record
from gridward.persistence.standards import queries, unit_names

FIRST_KNOWN_YEAR = 2015


@dataclass(frozen=True, slots=True)
class Publication:
    """Which version stands now. ``is_new`` False: it said nothing new, so nothing was published."""

    standard_id: UUID
    version: int
    is_new: bool


async def publish_standard(
    session: WriteSession, draft: Standard, actor: Actor, *, valid_from: date, today: date, now: datetime
) -> Publication:
    """Publish ``draft`` (whose id, version and dates do not matter) as the next version of its scheme.

    The version before ends where this one begins. Names of units that are new go to the table of names, unmapped.

    Raises:
        Conflict: ``standard.valid_from`` for a first day before that of the newest version, or before today unless
            it is the scheme's first version.
    """
    jurisdiction_id = actor.jurisdiction_id
    await queries.take_turn(session, jurisdiction_id)
    latest = await queries.latest_of_scheme(session, jurisdiction_id, draft.scheme)
    digest = digest_of(draft)
    if latest is not None and latest.digest == digest:
        return Publication(latest.standard_id, latest.version, is_new=False)

    if latest is not None and valid_from < max(today, latest.valid_from):
        raise Conflict("standard.valid_from", valid_from=str(valid_from), earliest=str(max(today, latest.valid_from)))
    standard_id, version = new_id(), 1 if latest is None else latest.version + 1
    standard = replace(draft, standard_id=str(standard_id), version=version, valid_from=valid_from, valid_to=None)

    if latest is not None:
        await queries.end_standard(session, latest.standard_id, valid_from)
    await queries.add_standard(
        session,
        standard,
        jurisdiction_id=jurisdiction_id,
        digest=digest,
        published_at=now,
        published_by=actor.person_id,
    )
    await unit_names.add_unmapped(session, jurisdiction_id, standard.unit_names, at=now, by=actor.person_id)
    await _record(
        session,
        actor,
        "standard.published",
        standard_id,
        {"scheme": standard.scheme, "version": version, "valid_from": str(valid_from), "digest": digest},
        now,
    )
    return Publication(standard_id, version, is_new=True)


async def publish_calendar(session: WriteSession, calendar: WorkingCalendar, actor: Actor, *, now: datetime) -> int:
    """Publish a calendar as the next version of its name; returns the version that stands, which is the old one where
    nothing changed.
    """
    await queries.take_turn(session, actor.jurisdiction_id)
    newest = (await queries.current_calendars(session, actor.jurisdiction_id)).get(calendar.calendar_id)
    if newest is not None and replace(calendar, version=newest.version) == newest:
        return newest.version
    version = 1 if newest is None else newest.version + 1
    await queries.add_calendar(
        session,
        replace(calendar, version=version),
        jurisdiction_id=actor.jurisdiction_id,
        published_at=now,
        published_by=actor.person_id,
    )
    detail = {"calendar_id": calendar.calendar_id, "version": version}
    await _record(session, actor, "calendar.published", actor.jurisdiction_id, detail, now)
    return version


async def publish_built_in(
    session: WriteSession, actor: Actor, *, valid_from: date, now: datetime, time_zone: str = "Asia/Shanghai"
) -> Publication:
    """Our own standard and its calendars with the official days known today, for a first start and for the demo."""
    official = official_days_of_china(FIRST_KNOWN_YEAR, now.year + 2)
    for calendar in built_in_calendars(official.special, official.published, time_zone):
        await publish_calendar(session, calendar, actor, now=now)
    return await publish_standard(
        session, built_in_standard("draft"), actor, valid_from=valid_from, today=valid_from, now=now
    )


def digest_of(standard: Standard) -> str:
    """SHA-256 (hexadecimal) of everything that a version says, apart from its id, name, number and dates."""
    said = to_document(replace(standard, standard_id="", name=Text(""), version=0, valid_from=None, valid_to=None))
    return hashlib.sha256(canonical(said)).hexdigest()


async def _record(
    session: WriteSession, actor: Actor, verb: str, subject_id: UUID, detail: Mapping[str, Any], now: datetime
) -> None:
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=verb.partition(".")[0],
        subject_id=subject_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)
