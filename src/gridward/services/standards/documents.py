"""A standard as a JSON file of a person: what it does not say stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.standards import Applies, Standard, Text
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.standards_document import read_file, to_document
from gridward.domain.standards_in_use import InUse
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries
from gridward.services.standards.judging import uses_of_vanishing
from gridward.services.standards.publishing import Publication, publish_standard

FIRST = frozenset({"name", "categories", "conditions"})
"""What the first version of a scheme must say itself; the rest it has from the standard in force."""


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A file read onto the newest version of its scheme; ``previous`` None: the first version of a new scheme."""

    draft: Standard
    previous: Standard | None
    used: tuple[InUse, ...]


async def read_document(
    session: ReadSession | WriteSession,
    document: Mapping[str, Any],
    actor: Actor,
    *,
    on: date,
    today: date,
    based_on: UUID | None = None,
) -> DocumentReading:
    """What a file says, and what publishing it would take away from under whom. Writes nothing.

    Raises:
        Malformed: ``standard.document`` with ``place`` and ``why``.
        Conflict: ``standard.moved_on``: it was made from another version than the newest one.
    """
    scheme = document.get("scheme")
    if not isinstance(scheme, str) or not scheme.strip():
        raise Malformed("standard.document", kind="Standard", place="scheme", why="whose standard is it?")
    latest = await queries.latest_of_scheme(session, actor.jurisdiction_id, scheme)
    if based_on is not None and (latest is None or latest.standard_id != based_on):
        raise Conflict("standard.moved_on", version=latest.version if latest else 0)
    if latest is not None:
        previous: Standard | None = await queries.standard_by_id(session, latest.standard_id)
        onto = previous
    else:
        missing = sorted(FIRST - set(document))
        if missing:
            why = "the first version of a scheme must say it"
            raise Malformed("standard.document", kind="Standard", place=missing[0], why=why)
        previous, onto = None, await _settings(session, actor.jurisdiction_id, today)
    assert onto is not None
    draft = read_file(document, onto)
    return DocumentReading(
        draft, previous, await uses_of_vanishing(session, actor.jurisdiction_id, previous, draft, on=on)
    )


async def publish_document(
    session: WriteSession,
    document: Mapping[str, Any],
    actor: Actor,
    *,
    valid_from: date,
    today: date,
    now: datetime,
    acknowledged: Collection[str] = (),
    based_on: UUID | None = None,
) -> Publication:
    """Read again in the transaction that publishes. Raises as :func:`read_document` and :func:`publish_standard`."""
    await queries.take_turn(session, actor.jurisdiction_id)
    reading = await read_document(session, document, actor, on=valid_from, today=today, based_on=based_on)
    return await publish_standard(
        session, reading.draft, actor, valid_from=valid_from, today=today, now=now, acknowledged=acknowledged
    )


async def _settings(session: ReadSession | WriteSession, jurisdiction_id: UUID, today: date) -> Standard:
    """Who grants what, reasons, reminders, the limits of desk and verifiers, of the standard in force."""
    try:
        standing = await queries.current_standard(session, jurisdiction_id, today)
    except NotFound:
        standing = replace(built_in_standard("draft"), bases=())
    return replace(standing, name=Text(""), applies=Applies(), categories={}, conditions={}, condition_bases={})


def file_of(standard: Standard) -> dict[str, Any]:
    """A version as the file that would say the same: to be changed and published anew."""
    whole = to_document(standard)
    return {name: value for name, value in whole.items() if name not in NOT_IN_FILES}


NOT_IN_FILES = frozenset({"standard_id", "version", "valid_from", "valid_to"})
