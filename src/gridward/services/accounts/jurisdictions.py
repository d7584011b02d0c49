"""Jurisdictions: founded at the command line, once, and able to work from the first hour."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from gridward.domain.accounts import program
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.routing.document import write_rules
from gridward.domain.routing.rules import default_rules
from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id, record
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_built_in

EMERGENCY_NUMBERS = (("报警", "110"), ("消防", "119"), ("急救", "120"), ("供电", "95598"))


async def found_jurisdiction(
    session: WriteSession,
    name: str,
    *,
    via: str,
    now: datetime,
    telephone: str | None = None,
    time_zone: str = "Asia/Shanghai",
    invented: bool = False,
) -> UUID:
    """A new tenant with the emergency numbers that hold everywhere (gas and water are the place's own), the built-in
    standard with its calendars, and the rules by which the ground decides; the office publishes its own over them.

    Raises:
        Malformed: ``name_missing``. Conflict: ``jurisdiction_known``.
    """
    if not name.strip():
        raise Malformed("name_missing")
    if any(one.name == name.strip() for one in await tenants(session)):
        raise Conflict("jurisdiction_known", name=name.strip())
    jurisdiction_id = new_id()
    values = {
        "jurisdiction_id": jurisdiction_id,
        "name": name.strip(),
        "telephone": telephone,
        "time_zone": time_zone,
        "emergency_numbers": [{"label": label, "number": number} for label, number in EMERGENCY_NUMBERS],
        "invented": invented,
    }
    await session.execute(insert(JurisdictionRow).values(values))
    deed = Deed(
        entry_id=new_id(),
        actor_id=None,
        via=via,
        verb="jurisdiction.founded",
        subject="jurisdiction",
        subject_id=jurisdiction_id,
        occurred_at=now,
        recorded_at=now,
        detail={"invented": invented},
    )
    await record(session, [deed], jurisdiction_id=jurisdiction_id)
    office = program(jurisdiction_id, via)
    today = now.astimezone(ZoneInfo(time_zone)).date()
    await publish_built_in(session, office, valid_from=today, now=now, time_zone=time_zone)
    await routing.publish(session, office, based_on=0, rules=write_rules(default_rules(())), duties=[], now=now)
    return jurisdiction_id
