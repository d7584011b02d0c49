"""Publishing standards: always a new version, never an edit, live tickets untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.entries import canonical
from gridward.domain.errors import Conflict
from gridward.domain.standards import Standard, Text, Weights
from gridward.domain.standards_builtin import built_in_calendars, built_in_standard
from gridward.domain.standards_document import read_standard, to_document
from gridward.domain.standards_in_use import require_acknowledged
from gridward.gateways.holidays import official_days_of_china
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards import queries, unit_names
from gridward.services.noting import note
from gridward.services.standards.calendars import publish_calendar
from gridward.services.standards.judging import uses_of_vanishing

FIRST_KNOWN_YEAR = 2015


@dataclass(frozen=True, slots=True)
class Publication:
    """Which version stands now. ``is_new`` False: it said nothing new, so nothing was published."""

    standard_id: UUID
    version: int
    is_new: bool


async def publish_standard(
    session: WriteSession,
    draft: Standard,
    actor: Actor,
    *,
    valid_from: date,
    today: date,
    now: datetime,
    acknowledged: Collection[str] = (),
) -> Publication:
    """Publish ``draft`` (whose id, version and dates do not matter) as the next version of its scheme.

    The version before ends where this one begins. Names of units that are new go to the table of names, unmapped.

    Args:
        acknowledged: Conditions of which the publisher knows that they vanish although something uses them.

    Raises:
        Refusal: ``standard.conditions_in_use`` with those that nobody has acknowledged.
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
    previous = None if latest is None else await queries.standard_by_id(session, latest.standard_id)
    used = await uses_of_vanishing(session, jurisdiction_id, previous, draft, on=valid_from)
    require_acknowledged(used, acknowledged)

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
    detail: dict[str, object] = {
        "scheme": standard.scheme,
        "version": version,
        "valid_from": str(valid_from),
        "digest": digest,
    }
    if used:
        detail["vanished_in_use"] = [one.condition_id for one in used]
    await note(session, actor, "standard.published", "standard", standard_id, detail, now)
    return Publication(standard_id, version, is_new=True)


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
    bare = replace(standard, standard_id="", name=Text(""), version=0, valid_from=None, valid_to=None)
    # Read again, so that 50 and 50.0 metres are the same.
    said = to_document(read_standard(to_document(bare)))
    for category in said["categories"].values():
        # A version that was stored before there was a switch says the same as one that has it on.
        if category["offered"]:
            del category["offered"]
    if said["terms"]["score"] == to_document(Weights()):
        # Nor does one that was stored before weights were data say other weights.
        del said["terms"]["score"]
    return hashlib.sha256(canonical(said)).hexdigest()
