"""An import of territory in one transaction: a file at the desk, or one unit from its form."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.territory import Layer
from gridward.domain.territory_rows import Judge, read_as
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.territory import change, importing
from gridward.services.territory import publish
from gridward.services.territory.publish import Checked
from gridward.services.territory.read import FileReading, subject


async def check_file(
    session: WriteSession, actor: Actor, reading: FileReading, now: datetime
) -> tuple[UUID, Checked, ImportReport]:
    """Stage and check a file: what publishing it would do. Go on with :func:`publish_checked`, or discard it.

    Raises:
        Forbidden: ``not_permitted``. Conflict: ``import_under_way``.
    """
    import_id = await _begin(session, actor, reading.reading.layer, now)
    slices = reading.slices()
    # A large file is judged beside the event loop, which serves everybody else meanwhile.
    while (rows := await asyncio.to_thread(next, slices, None)) is not None:
        await publish.stage(session, import_id, rows)
    checked = await publish.check_import(session, import_id, actor.jurisdiction_id, reading.reading.layer, now)
    return import_id, checked, reading.report(checked)


async def publish_checked(
    session: WriteSession,
    actor: Actor,
    layer: Layer,
    import_id: UUID,
    checked: Checked,
    report: ImportReport,
    now: datetime,
) -> ImportReport:
    """Publish what is ready of what was checked, with one entry, and forget the staged rows."""
    done = await publish.publish_import(
        session,
        import_id,
        actor.jurisdiction_id,
        layer,
        checked,
        report,
        actor_id=actor.person_id,
        via=actor.via,
        now=now,
    )
    await importing.discard(session, import_id)
    return done


async def bring_row(
    session: WriteSession, actor: Actor, fields: Sequence[str], values: Mapping[str, Any], now: datetime
) -> None:
    """One unit as a file of one row would bring it.

    Raises:
        Forbidden: ``not_permitted``. Conflict: ``import_under_way``. Malformed: why the row is refused.
    """
    layer = Layer.unit
    import_id = await _begin(session, actor, layer, now)
    verdict = Judge(read_as(layer, fields, {}, None)).judge(
        row_no=1, place="form", values=values, geometry=None, fault=None, changes=()
    )
    if isinstance(verdict, Finding):
        raise _malformed(verdict)
    await publish.stage(session, import_id, [verdict])
    checked = await publish.check_import(session, import_id, actor.jurisdiction_id, layer, now)
    if checked.refused:
        raise _malformed(checked.refused[0])
    report = ImportReport(subject=subject(layer), read=1, ready=checked.ready, unchanged=checked.unchanged)
    await publish_checked(session, actor, layer, import_id, checked, report, now)


async def _begin(session: WriteSession, actor: Actor, layer: Layer, now: datetime) -> UUID:
    require(actor, "territory:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    if not await change.take_turn(session, actor.jurisdiction_id):
        raise Conflict("import_under_way")
    import_id = new_id()
    await publish.begin_import(session, import_id, actor.jurisdiction_id, layer, now)
    return import_id


def _malformed(finding: Finding) -> Malformed:
    return Malformed(finding.code, field=finding.field, text=finding.text)
