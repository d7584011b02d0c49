"""Units as an office keeps them at the desk: made or changed from a form, closed; and the end of a service area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, NotFound
from gridward.domain.sync import jurisdiction_scope
from gridward.persistence.accounts import unit_roles
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.territory import units
from gridward.persistence.territory.rows import UnitRow
from gridward.persistence.tickets.units import tickets_with
from gridward.services.territory.bringing import bring_row

FIELDS = ("code", "name", "kind", "telephone", "area", "last_resort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """What hangs on a unit. ``rules`` are the names of the rules and categories that name it."""

    tickets: int
    people: int
    service_areas: int
    rules: tuple[str, ...]


async def keep_unit(
    session: WriteSession,
    actor: Actor,
    code: str,
    *,
    name: str,
    kind: str,
    telephone: str | None,
    area_code: str | None,
    last_resort: bool,
    now: datetime,
) -> UUID:
    """A new unit of this code, or the one that has it with these values: as a file of one row would bring it.

    Raises:
        Forbidden: ``not_permitted``. Conflict: ``unit.closed``, ``import_under_way``.
        Malformed: as a row of a file is refused (``name_missing``, ``area_unknown``, ``text_too_long``).
    """
    stands = await units.unit(session, actor.jurisdiction_id, code=code)
    if stands is not None and stands.ended_at is not None:
        raise Conflict("unit.closed")
    values: dict[str, Any] = {
        "code": code,
        "name": name,
        "kind": kind,
        "telephone": telephone,
        "area": area_code,
        "last_resort": "1" if last_resort else "0",
    }
    await bring_row(session, actor, FIELDS, values, now)
    kept = await units.unit(session, actor.jurisdiction_id, code=code)
    assert kept is not None
    return kept.unit_id


async def hanging_on(session: ReadSession | WriteSession, actor: Actor, unit_id: UUID, now: datetime) -> Hanging:
    """What would be without this unit.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``unit.unknown``.
    """
    await _standing(session, actor, unit_id)
    rules = await current_rules(session, actor.jurisdiction_id)
    named = [rule.name for rule in rules.rules if rule.choose.unit_id == unit_id]
    named += [duty.category for duty in rules.duties if duty.unit_id == unit_id]
    return Hanging(
        tickets=await tickets_with(session, unit_id),
        people=await unit_roles.people_of(session, unit_id, now),
        service_areas=await units.areas_of(session, unit_id, now),
        rules=tuple(dict.fromkeys(named)),
    )


async def close_unit(session: WriteSession, actor: Actor, unit_id: UUID, now: datetime) -> Hanging:
    """The unit ends now, with its areas and its people's roles in it; what it did stays as it was.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``unit.unknown``. Conflict: ``unit.has_tickets`` (``count``),
            ``unit.in_rules`` (``rules``), ``unit.is_last_resort``.
    """
    unit = await _standing(session, actor, unit_id)
    hanging = await hanging_on(session, actor, unit_id, now)
    if hanging.tickets:
        raise Conflict("unit.has_tickets", count=hanging.tickets)
    if hanging.rules:
        raise Conflict("unit.in_rules", rules="、".join(hanging.rules[:5]))
    if unit.is_last_resort:
        raise Conflict("unit.is_last_resort")
    await units.end(session, unit_id, now)
    ended = await unit_roles.end_roles(session, unit_id, actor.person_id, now)
    deeds = [_deed(actor, "unit.closed", "unit", unit_id, {"service_areas": hanging.service_areas}, now)]
    deeds += [
        _deed(actor, "grant.ended", "person", person_id, {"grant_id": str(grant_id)}, now)
        for person_id, grant_id in ended
    ]
    await _record(session, actor, deeds, now)
    return hanging


async def end_service_area(session: WriteSession, actor: Actor, service_area_id: UUID, now: datetime) -> None:
    """The unit answers there no more; ending what has ended changes nothing.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``service_area.unknown``.
    """
    require(actor, "territory:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    found = await units.service_area(session, actor.jurisdiction_id, service_area_id)
    if found is None:
        raise NotFound("service_area.unknown")
    if found.valid_to is not None and found.valid_to <= now:
        return
    await units.end_service_area(session, service_area_id, now)
    detail = {"unit_id": str(found.unit_id), "code": found.code}
    await _record(
        session, actor, [_deed(actor, "service_area.ended", "service_area", service_area_id, detail, now)], now
    )


async def _standing(session: ReadSession | WriteSession, actor: Actor, unit_id: UUID) -> UnitRow:
    require(actor, "territory:publish", Subject(jurisdiction_id=actor.jurisdiction_id))
    unit = await units.unit(session, actor.jurisdiction_id, unit_id=unit_id)
    if unit is None or unit.ended_at is not None:
        raise NotFound("unit.unknown")
    return unit


async def _record(session: WriteSession, actor: Actor, deeds: list[Deed], now: datetime) -> None:
    version = int(now.timestamp() * 1000)
    touched = Touched(jurisdiction_scope(actor.jurisdiction_id), "territory", actor.jurisdiction_id, version)
    await record(session, deeds, jurisdiction_id=actor.jurisdiction_id, touched=[touched])


def _deed(actor: Actor, verb: str, subject: str, subject_id: UUID, detail: dict[str, Any], now: datetime) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
