"""Publishing calendars: always a new version. What it would do to running clocks is shown first; stopped ones never move.

The clocks themselves are moved by the sweep, each by an entry that names both versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.calendar import WorkingCalendar
from gridward.domain.calendar_changes import CalendarChange, compare_calendars, read_calendar_file
from gridward.domain.errors import Conflict, NotFound, Refusal
from gridward.domain.sla.advance import advance
from gridward.domain.sla.sweep import due_steps
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import recall
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries
from gridward.persistence.tickets import history
from gridward.persistence.tickets.calendars import Counted, counted_by, look_again
from gridward.services.noting import note
from gridward.services.sla import terms_of

BATCH = 200
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Move:
    """A running clock whose due instant would be another."""

    ticket_id: UUID
    number: str
    clock: str
    kind: str
    from_due_at: datetime | None
    to_due_at: datetime | None
    turns: str
    """``late``: it would now be over its limit; ``in_time``: no longer; empty: neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What publishing would change. ``looked_at`` tickets of ``tickets`` were recomputed; ``moves`` are the first few."""

    calendar: WorkingCalendar
    based_on: int | None
    change: CalendarChange | None
    tickets: int
    looked_at: int
    moved: int
    turn_late: int
    turn_in_time: int
    moves: tuple[Move, ...]


async def effect_of(
    session: ReadSession | WriteSession,
    actor: Actor,
    document: Mapping[str, Any],
    *,
    now: datetime,
    most: int | None = None,
) -> Effect:
    """What a calendar from a file would change. Writes nothing.

    Args:
        most: Recompute at most so many tickets (a screen waits; a command need not).

    Raises:
        Malformed: see :func:`read_calendar_file`.
    """
    known = await queries.current_calendars(session, actor.jurisdiction_id)
    standing = known.get(str(document.get("calendar_id")))
    calendar = read_calendar_file(document, standing)
    if standing is None:
        return Effect(
            calendar=calendar,
            based_on=None,
            change=None,
            tickets=0,
            looked_at=0,
            moved=0,
            turn_late=0,
            turn_in_time=0,
            moves=(),
        )
    change = compare_calendars(standing, calendar, calendar.local_date(now))
    calendar = replace(calendar, version=standing.version + (0 if calendar == standing else 1))
    counted = (
        await counted_by(session, actor.jurisdiction_id, calendar.calendar_id, calendar.version)
        if calendar.version > standing.version
        else []
    )
    looked_at = counted if most is None else counted[:most]
    moves = await _moves(session, actor.jurisdiction_id, looked_at, calendar, now)
    return Effect(
        calendar=calendar,
        based_on=standing.version,
        change=change,
        tickets=len(counted),
        looked_at=len(looked_at),
        moved=len(moves),
        turn_late=sum(move.turns == "late" for move in moves),
        turn_in_time=sum(move.turns == "in_time" for move in moves),
        moves=tuple(sorted(moves, key=lambda move: (not move.turns, move.number, move.clock))[:EXAMPLES]),
    )


async def _moves(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    counted: Sequence[Counted],
    calendar: WorkingCalendar,
    now: datetime,
) -> list[Move]:
    """The same functions that move the clocks later, run on a draft."""
    found: list[Move] = []
    number = {one.ticket_id: one.number for one in counted}
    as_is = await terms_of(session, jurisdiction_id, {one.standard_id for one in counted})
    then = Terms(
        standards=as_is.standards,
        calendars={**as_is.calendars, (calendar.calendar_id, calendar.version): calendar},
        current={**as_is.current, calendar.calendar_id: calendar.version},
    )
    for first in range(0, len(counted), BATCH):
        ids = [one.ticket_id for one in counted[first : first + BATCH]]
        for ticket_id, facts in (await history.facts_of(session, ids)).items():
            before = recall(facts, as_is).clocks
            after = before
            for fact in due_steps(before, now, then):
                if fact.verb == "clock.rescheduled":
                    after = advance(after, fact, then)
            for old, new in zip(before.clocks, after.clocks, strict=True):
                if old.due_at != new.due_at:
                    late = [due is not None and due < now for due in (old.due_at, new.due_at)]
                    turns = {(False, True): "late", (True, False): "in_time"}.get((late[0], late[1]), "")
                    found.append(
                        Move(ticket_id, number[ticket_id], new.key, new.kind.value, old.due_at, new.due_at, turns)
                    )
    return found


async def publish_file(
    session: WriteSession,
    actor: Actor,
    document: Mapping[str, Any],
    *,
    based_on: int | None,
    past_acknowledged: bool,
    now: datetime,
) -> int:
    """Publish a calendar from a file as the next version of its name; returns the version that stands.

    Args:
        based_on: The version that the author saw; None for a new calendar.
        past_acknowledged: The author knows that days gone by count otherwise for running clocks.

    Raises:
        Conflict: ``calendar.moved_on`` with ``current``.
        Refusal: ``calendar.past`` with the days (or weekdays) and how many tickets have running clocks on them.
        Malformed: see :func:`read_calendar_file`.
    """
    await queries.take_turn(session, actor.jurisdiction_id)
    standing = (await queries.current_calendars(session, actor.jurisdiction_id)).get(str(document.get("calendar_id")))
    if (standing.version if standing else None) != based_on:
        raise Conflict("calendar.moved_on", current=standing.version if standing else None)
    calendar = read_calendar_file(document, standing)
    if standing is not None and not past_acknowledged:
        change = compare_calendars(standing, calendar, calendar.local_date(now))
        if change.touches_past:
            counted = await counted_by(session, actor.jurisdiction_id, calendar.calendar_id, standing.version + 1)
            raise Refusal(
                "calendar.past",
                days=[day.on.isoformat() for day in change.days if day.past],
                weekly=list(change.weekly),
                tickets=len(counted),
            )
    return await publish_calendar(session, calendar, actor, now=now)


async def publish_calendar(session: WriteSession, calendar: WorkingCalendar, actor: Actor, *, now: datetime) -> int:
    """Publish a calendar as the next version of its name; returns the version that stands, which is the old one where
    nothing changed. Tickets with running clocks on the version before are looked at by the sweep next.
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
    await note(session, actor, "calendar.published", "calendar", actor.jurisdiction_id, detail, now)
    if newest is not None:
        counted = await counted_by(session, actor.jurisdiction_id, calendar.calendar_id, version)
        await look_again(session, [one.ticket_id for one in counted], now)
    return version


async def calendar_named(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, calendar_id: str
) -> WorkingCalendar:
    """The newest version. Raises: NotFound: ``calendar.unknown``."""
    known = await queries.current_calendars(session, jurisdiction_id)
    if calendar_id not in known:
        raise NotFound("calendar.unknown", calendar_id=calendar_id)
    return known[calendar_id]
