"""Statements of a month for every unit of a jurisdiction, made once, all as of one instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import program
from gridward.domain.calendar import WorkingCalendar
from gridward.domain.sla.ledger import Ledger, ledger
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import CITY
from gridward.domain.statements import Month, Verdict, month_to_state, object_until
from gridward.domain.statistics.indices import BESIDE, PAST_IN_ALL, sets_of
from gridward.domain.tickets.act import recall
from gridward.persistence.accounts.tenants import Tenant, tenants
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards.queries import current_calendars
from gridward.persistence.statements import queries as stored
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, counts
from gridward.persistence.tickets import past
from gridward.services.noting import note
from gridward.services.tickets import auditing
from gridward.services.tickets.auditing import Stored

MADE_UP_FOR = 4
"""Months back at most."""
BESIDE_SETS = sets_of(BESIDE)
COUNTED = frozenset({"working", "make_up", "elapsed", "off_hours", "rest_day", "holiday"})
"""Stretches of a ledger that are the calendar's; all others are pauses and stand on the statement."""


async def make_due(session: WriteSession, now: datetime) -> int:
    """Statements that are due by now and not there: from day 3 on, for the month before; how many were made.

    A worker that was away makes up for the months that it missed.
    """
    made = 0
    for tenant in await tenants(session):
        month = month_to_state(now.astimezone(ZoneInfo(tenant.time_zone)).date())
        calendars = await current_calendars(session, tenant.jurisdiction_id)
        for _ in range(MADE_UP_FOR):
            if CITY not in calendars or await stored.months_made(session, tenant.jurisdiction_id, month.first):
                break
            made += await make(session, tenant, calendars[CITY], month, now)
            month = month.before()
    return made


async def make(session: WriteSession, tenant: Tenant, calendar: WorkingCalendar, month: Month, now: datetime) -> int:
    """One statement for each unit that a clock of the month answers to, or that has an imported past in it."""
    await stored.take_turn(session, tenant.jurisdiction_id)
    if await stored.months_made(session, tenant.jurisdiction_id, month.first):
        return 0
    zone = ZoneInfo(tenant.time_zone)
    since, until = month.span(zone)
    asked = Asked(jurisdiction_id=tenant.jurisdiction_id, since=since, until=until, at=now, time_zone=tenant.time_zone)
    verdicts = await stored.verdicts(session, asked)
    if not verdicts and await past.under_way(session, tenant.jurisdiction_id):
        # Half a past would be told for good, and nobody waits for a month that has nothing else.
        return 0
    beside = await counts(session, asked, Group.unit, BESIDE_SETS)
    lines: dict[UUID, list[dict[str, Any]]] = {
        UUID(unit): [] for unit, counted in beside.items() if unit != WHOLE and counted[PAST_IN_ALL]
    }
    # A month of imported tickets alone may be a long one, and has no line to be read from it.
    if verdicts:
        async for page in auditing.pages(session, tenant.jurisdiction_id, since, until):
            for ticket in page.tickets:
                for unit_id, line in _lines(ticket, page.terms, verdicts, now):
                    lines.setdefault(unit_id, []).append(line)

    for unit_id, own in sorted(lines.items()):
        counted = beside.get(str(unit_id), dict.fromkeys(BESIDE_SETS, 0))
        await _add(session, tenant.jurisdiction_id, unit_id, month, own, counted, object_until(calendar, now), now)
    return len(lines)


async def _add(
    session: WriteSession,
    jurisdiction_id: UUID,
    unit_id: UUID,
    month: Month,
    lines: list[dict[str, Any]],
    beside: Mapping[str, int],
    until: datetime,
    now: datetime,
) -> None:
    statement_id = new_id()
    lines.sort(key=lambda line: (line["detail"]["due_at"], line["detail"]["number"], line["key"]))
    verdicts = Counter(line["verdict"] for line in lines)
    statement = {
        "statement_id": statement_id,
        "jurisdiction_id": jurisdiction_id,
        "unit_id": unit_id,
        "month": month.first,
        "made_at": now,
        "object_until": until,
        "lines": len(lines),
        "verdicts": dict(sorted(verdicts.items())),
        "beside": dict(beside),
    }
    numbered = [{"statement_id": statement_id, "line": at, **line} for at, line in enumerate(lines, 1)]
    await stored.add(session, statement, numbered)
    detail = {"unit_id": str(unit_id), "month": month.name, "lines": len(lines), "object_until": until.isoformat()}
    await note(session, program(jurisdiction_id, "worker"), "statement.made", "statement", statement_id, detail, now)


def _lines(
    ticket: Stored, terms: Terms, verdicts: dict[tuple[UUID, str], Verdict], now: datetime
) -> Iterator[tuple[UUID, dict[str, Any]]]:
    ticket_id: UUID = ticket.row.ticket_id
    if not any((ticket_id, key) in verdicts for key in ticket.clocks):
        return
    for clock in recall(ticket.facts, terms).clocks.clocks:
        verdict = verdicts.get((ticket_id, clock.key))
        if verdict is None or clock.unit_id is None:
            continue
        detail = {"number": ticket.number, "category": ticket.row.category_code, **_read(ledger(clock, terms, now))}
        yield (
            clock.unit_id,
            {
                "ticket_id": ticket_id,
                "key": clock.key,
                "kind": clock.kind.value,
                "verdict": verdict.value,
                "detail": detail,
            },
        )


def _read(one: Ledger) -> dict[str, Any]:
    clock = one.clock

    def at(instant: datetime | None) -> str | None:
        return None if instant is None else instant.isoformat()

    return {
        "limit": clock.limit.words,
        "basis": f"{one.basis.document} {one.basis.clause}".strip() if one.basis else None,
        "started_at": at(clock.started_at),
        "due_at": at(clock.due_at),
        "first_due_at": at(clock.first_due_at),
        "stopped_at": at(clock.stopped_at),
        "breached_at": at(clock.breached_at) if clock.breached else None,
        "counted_s": one.counted.total_seconds(),
        "limit_s": None if one.span is None else one.span.total_seconds(),
        "pauses": [
            {"from": at(line.start), "to": at(line.end), "why": line.why}
            for line in one.lines
            if line.why not in COUNTED
        ],
        "extensions": len(clock.extensions),
    }
