"""The figures of a month told once (通报), and put right openly when something later moves them (更正表)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.statements import Index, Month, Moved, Standing, Told, digest, moved, why_not_yet
from gridward.domain.statistics.indices import INDICES, sets
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.patrols import pieces
from gridward.persistence.sealing import last as last_seal
from gridward.persistence.statements import published
from gridward.persistence.statements import queries as stored
from gridward.persistence.statements.rows import PublicationRow
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, counts
from gridward.services.households import figures
from gridward.services.noting import note

Either = ReadSession | WriteSession


def definitions() -> list[dict[str, Any]]:
    """The indices as they are defined today, with their words: they are told with the figures and kept with them."""
    return [
        {
            "code": one.code,
            "above": one.above,
            "below": one.below,
            "better": one.better.value,
            "apart": list(one.apart),
            "name": {"zh": one.name.zh, "en": one.name.en},
            "note": {"zh": one.note.zh, "en": one.note.en},
        }
        for one in INDICES
    ]


VISITS: Sequence[Mapping[str, Any]] = (
    {
        "code": "visit_reached",
        "above": "visit.reached",
        "below": "visit.households",
        "better": "high",
        "apart": [],
        "name": {"zh": "本季见到的户", "en": "Households met this quarter"},
        "note": {
            "zh": "月末登记的户里，本季到月末有人见到（含不便接待）的",
            "en": "Of the households registered at the end of the month those met since the quarter began",
        },
    },
    {
        "code": "visit_in_person",
        "above": "visit.in_person",
        "below": None,
        "better": "neither",
        "apart": [],
        "name": {"zh": "上门走访", "en": "Visits in person"},
        "note": {"zh": "本月上门的次数，电话联系另计", "en": "At the door this month; calls are counted apart"},
    },
    {
        "code": "visit_phoned",
        "above": "visit.phoned",
        "below": None,
        "better": "neither",
        "apart": [],
        "name": {"zh": "电话联系", "en": "Calls"},
        "note": {"zh": "本月电话联系的次数", "en": "Households called this month"},
    },
)
"""Figures of visits, told with those of tickets by whoever has a register of households; of the whole jurisdiction only."""


PATROLS: Mapping[str, Any] = {
    "code": "patrol_coverage",
    "above": "patrol.reached",
    "below": "patrol.planned",
    "better": "high",
    "apart": [],
    "name": {"zh": "巡查覆盖率", "en": "Patrols: grids reached"},
    "note": {
        "zh": "有巡查计划的网格中，本月走到过的",
        "en": "Of the grids with a patrol plan, those that a walk reached this month",
    },
}
"""Told by whoever walks by a plan; of the whole jurisdiction only."""
OF_THE_WHOLE = ("visit.", "patrol.")
"""Sets that no unit has."""


def defined_for(told: Told) -> list[dict[str, Any]]:
    """The indices that these counts are told by."""
    whole = told.get(WHOLE, {})
    patrols = [dict(PATROLS)] if PATROLS["below"] in whole else []
    visits = [dict(one) for one in VISITS] if "visit.households" in whole else []
    return definitions() + patrols + visits


async def asked_of(session: Either, jurisdiction_id: UUID, month: Month, now: datetime) -> Asked:
    """The question that a month's figures answer."""
    zone = await time_zone_of(session, jurisdiction_id)
    since, until = month.span(zone)
    return Asked(jurisdiction_id=jurisdiction_id, since=since, until=until, at=now, time_zone=zone.key)


async def told_now(session: Either, asked: Asked) -> Told:
    """Counts of the whole jurisdiction and of each unit, as they are now."""
    whole = await counts(session, asked, names=sets())
    units = await counts(session, asked, Group.unit, sets())
    month = Month(asked.since.astimezone(ZoneInfo(asked.time_zone)).date())
    visits = await figures.told(session, asked.jurisdiction_id, month)
    walked = await _walked(session, asked)
    return {
        WHOLE: {**whole.get(WHOLE, {}), **walked, **visits},
        **{whose: of for whose, of in units.items() if whose != WHOLE},
    }


async def _walked(session: Either, asked: Asked) -> dict[str, int]:
    """How many grids were to be walked, and how many a patrol reached; nothing where there was no plan."""
    grids = await pieces.by_grid(session, asked.jurisdiction_id, since=asked.since, until=asked.until)
    planned = [one for one in grids if one.planned]
    reached = sum(one.times_reached > 0 for one in planned)
    return {PATROLS["below"]: len(planned), PATROLS["above"]: reached} if planned else {}


async def standing(session: Either, jurisdiction_id: UUID, month: Month, asked: Asked) -> Standing:
    """What stands between a month and its publication."""
    statements = await stored.listed(session, jurisdiction_id, month=month.first)
    granted = await stored.granted(session, jurisdiction_id, month.first)
    verdicts = await stored.verdicts(session, asked) if granted else {}
    return Standing(
        statements=len(statements),
        object_until=max((one.statement.object_until for one in statements), default=None),
        open_objections=sum(one.undecided for one in statements),
        unchanged=[one.objection_id for one in granted if verdicts.get((one.ticket_id, one.key)) is one.verdict],
    )


async def publish(session: WriteSession, actor: Actor, month: Month, now: datetime) -> PublicationRow:
    """Store the figures of a month for good.

    Raises:
        Conflict: ``publication.published`` and the codes of :func:`gridward.domain.statements.why_not_yet`.
        Forbidden: ``not_permitted``.
    """
    require(actor, "publication:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    assert actor.person_id is not None
    await stored.take_turn(session, actor.jurisdiction_id)
    asked = await asked_of(session, actor.jurisdiction_id, month, now)
    known = await published.of_month(session, actor.jurisdiction_id, month.first)
    state = await standing(session, actor.jurisdiction_id, month, asked)
    told = await told_now(session, asked)
    defined = defined_for(told)
    seal = await last_seal(session, actor.jurisdiction_id)

    if known is not None:
        raise Conflict("publication.published")
    refused = why_not_yet(state, now, asked.until)
    if refused is not None:
        raise Conflict(refused[0], **refused[1])
    fingerprint = digest({"told": told, "definitions": defined, "as_of": now.isoformat(), "month": month.name})

    publication_id = new_id()
    values = {
        "publication_id": publication_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "month": month.first,
        "as_of": now,
        "published_by": actor.person_id,
        "told": told,
        "definitions": defined,
        "digest": fingerprint,
        "seal_number": seal.number if seal else None,
        "seal_root": seal.root if seal else None,
    }
    await published.publish(session, values)
    detail = {"month": month.name, "digest": fingerprint.hex(), "seal": seal.number if seal else None}
    await note(session, actor, "publication.made", "publication", publication_id, detail, now)
    return PublicationRow(**values)


async def moved_since(session: Either, publication: PublicationRow, now: datetime) -> tuple[Sequence[Moved], Told]:
    """Figures that are other ones now than they were last told (published, or corrected), and all counts as they are."""
    asked = await asked_of(session, publication.jurisdiction_id, Month(publication.month), now)
    indices = [Index(code=one["code"], above=one["above"], below=one["below"]) for one in publication.definitions]
    corrected = await published.corrections(session, publication.publication_id)
    told = corrected[-1].told if corrected else publication.told
    current = await told_now(session, asked)
    return moved(indices, told, current), current


async def correct(session: WriteSession, actor: Actor, month: Month, reason: str, now: datetime) -> int:
    """Tell openly what has changed since, and why; what was published stays as it was. The correction's number.

    Raises:
        NotFound: ``publication.none``. Conflict: ``correction.nothing``. Malformed: ``correction.no_reason``.
        Forbidden: ``not_permitted``.
    """
    require(actor, "publication:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    await stored.take_turn(session, actor.jurisdiction_id)
    publication = await published.of_month(session, actor.jurisdiction_id, month.first)
    if publication is None:
        raise NotFound("publication.none")
    changes, current = await moved_since(session, publication, now)
    number = len(await published.corrections(session, publication.publication_id)) + 1

    if not reason.strip():
        raise Malformed("correction.no_reason")
    if not changes:
        raise Conflict("correction.nothing")

    listed = [
        {"whose": one.whose, "code": one.code, "before": list(one.before), "after": list(one.after)} for one in changes
    ]
    await published.correct(
        session,
        {
            "publication_id": publication.publication_id,
            "number": number,
            "jurisdiction_id": actor.jurisdiction_id,
            "as_of": now,
            "made_by": actor.person_id,
            "reason": reason.strip(),
            "changes": listed,
            "told": current,
        },
    )
    detail = {
        "month": month.name,
        "number": number,
        "changes": len(changes),
        "digest": digest({"changes": listed}).hex(),
    }
    await note(session, actor, "correction.made", "correction", publication.publication_id, detail, now)
    return number
