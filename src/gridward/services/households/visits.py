"""A visit is a fact: it is always taken, whatever became of the household meanwhile, once for ever under its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Subject, may, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.households.register import Dwelling, Ended
from gridward.domain.households.ties import Rules
from gridward.domain.households.visits import (
    MOST_NOTE,
    NOTE_KEPT,
    REACHED,
    Door,
    Due,
    Mark,
    Outcome,
    due,
    end_of_period,
    first_of_month,
    walking_order,
    without_id_numbers,
)
from gridward.domain.tickets.filing import captured
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched
from gridward.persistence.households import register
from gridward.persistence.households import visits as stored
from gridward.persistence.standards.queries import standard_by_id
from gridward.services.households.ties import rules_of
from gridward.services.noting import note

FOLLOWED = timedelta(days=180)
"""How long what was done is still asked about."""
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the phone says. ``follows``: the ticket whose answer was brought back, ``satisfied`` what they said to it."""

    household_id: UUID
    outcome: Outcome
    note: str | None
    follows: UUID | None
    satisfied: bool | None
    schema: int
    digest: str
    clock: sync.PhoneClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The acknowledgement, the same each time it is asked for. ``erased``: day and outcome are kept, nothing else."""

    visit_id: UUID
    digest: str
    received_at: datetime
    marks: tuple[str, ...]
    made: bool
    erased: bool


async def take(session: WriteSession, actor: Actor, visit_id: UUID, visit: Visit, now: datetime) -> Taken:
    """Take a visit from whoever is or was tied to the household.

    Raises:
        NotFound: ``household.unknown``. Conflict: ``id_taken``. Malformed: ``schema_unknown``, ``visit.note_too_long``.
    """
    sync.check_schema(visit.schema)
    known = await stored.one(session, visit_id)
    if known is not None:
        return _again(known, actor, visit)
    if visit.note is not None and len(visit.note) > MOST_NOTE:
        raise Malformed("visit.note_too_long", most=MOST_NOTE)
    household = await register.one(session, visit.household_id, lock=True)
    if household is None or household.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("household.unknown")
    theirs = Subject(
        jurisdiction_id=household.jurisdiction_id,
        owner_ids=household.tied_ever,
        grid_id=household.grid_id,
        community_id=household.community_id,
    )
    if not may(actor, "visit:record", theirs):
        raise NotFound("household.unknown")
    assert actor.person_id is not None
    visited_at, ahead = captured(visit.clock, now)
    visited_on = visited_at.astimezone(await time_zone_of(session, actor.jurisdiction_id)).date()
    erased = household.ended == Ended.erased
    marks = [
        mark.value
        for mark, odd in (
            (Mark.household_moved, household.ended == Ended.moved),
            (Mark.household_merged, household.ended == Ended.merged),
            (Mark.not_tied, household.ended is None and actor.person_id not in household.liaison_ids),
            (Mark.clock_ahead, ahead),
        )
        if odd
    ]
    values = {
        "visit_id": visit_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "household_id": visit.household_id,
        "liaison_id": actor.person_id,
        "building_id": household.building_id,
        "community_id": household.community_id,
        "outcome": visit.outcome.value,
        "visited_at": visited_at,
        "visited_on": visited_on,
        "received_at": now,
        "digest": visit.digest,
        "clock": visit.clock.as_json(),
        "marks": marks,
        "follows": None if erased else visit.follows,
        "satisfied": None if erased or visit.follows is None else visit.satisfied,
        "erased": erased,
    }
    if not await stored.add(session, values):
        rival = await stored.one(session, visit_id)
        if rival is None:  # another jurisdiction's, which this one cannot see
            raise Conflict("id_taken")
        return _again(rival, actor, visit)
    if visit.note and visit.note.strip() and not erased:
        note = {
            "visit_id": visit_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "household_id": visit.household_id,
            "words": without_id_numbers(visit.note.strip()),
            "written_at": now,
        }
        await stored.add_note(session, note)
    if visit.outcome in REACHED and not erased:
        await stored.reached(session, household.merged_into_id or visit.household_id, visited_on)
    await _record(session, actor, visit_id, visit, marks, household, visited_at, now)
    return Taken(visit_id=visit_id, digest=visit.digest, received_at=now, marks=tuple(marks), made=True, erased=erased)


def _again(known: Any, actor: Actor, visit: Visit) -> Taken:
    same = known.jurisdiction_id == actor.jurisdiction_id and known.liaison_id == actor.person_id
    sync.check_repeat(known.digest, visit.digest, same_sender=same)
    return Taken(
        visit_id=known.visit_id,
        digest=known.digest,
        received_at=known.received_at,
        marks=tuple(known.marks),
        made=False,
        erased=known.erased,
    )


async def _record(
    session: WriteSession,
    actor: Actor,
    visit_id: UUID,
    visit: Visit,
    marks: Sequence[str],
    household: register.Standing,
    visited_at: datetime,
    now: datetime,
) -> None:
    """The outcome, and whether the answer was good; never a word of the note."""
    detail: dict[str, Any] = {"household_id": str(visit.household_id), "outcome": visit.outcome.value}
    if marks:
        detail["marks"] = list(marks)
    if visit.follows is not None and household.ended != Ended.erased:
        detail["follows"], detail["satisfied"] = str(visit.follows), visit.satisfied
    touched = [
        Touched(sync.person_scope(who), "household", one.household_id, one.version)
        for one in await _read_with(session, household)
        for who in sorted(one.liaison_ids)
    ]
    await note(session, actor, "visit.made", "visit", visit_id, detail, now, occurred_at=visited_at, touched=touched)


async def _read_with(session: WriteSession, household: register.Standing) -> list[register.Standing]:
    """The household, and the one whose line its visits are read with since the two were merged."""
    if household.merged_into_id is None:
        return [household]
    heir = await register.one(session, household.merged_into_id)
    return [household] if heir is None else [household, heir]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """``reopen_until``: until then it can be reopened; it is asked about for longer."""

    ticket_id: UUID
    category_code: str
    ended_at: datetime
    reopen_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine(Door):
    """A household of one liaison, as the phone keeps it: no name, no number."""

    household_id: UUID
    version: int
    building_id: UUID
    cares: bool
    due: Due
    last_outcome: str | None
    last_on: Any
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueList:
    """In walking order. ``visited``: in person this month, of ``a_month``; ``month_ends_on`` its last day."""

    households: Sequence[Mine]
    visited: int
    a_month: int
    month_ends_on: Any


async def due_list(session: ReadSession, actor: Actor, now: datetime) -> DueList:
    """Whom this person visits, what is due and in which order to walk.

    Raises:
        Forbidden: ``not_permitted``.
    """
    assert actor.person_id is not None
    own = Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=frozenset({actor.person_id}))
    require(actor, "visit:due_list", own)
    zone = await time_zone_of(session, actor.jurisdiction_id)
    rules = await rules_of(session, actor.jurisdiction_id)
    today = now.astimezone(zone).date()
    rows = await stored.mine(session, actor.person_id, zone.key)
    asked: dict[UUID, list[FollowUp]] = {}
    for row in await stored.follow_ups(session, [row.household_id for row in rows], now - FOLLOWED):
        days = (await standard_by_id(session, row.standard_id)).terms.reopen_days
        one = FollowUp(
            ticket_id=row.ticket_id,
            category_code=row.category_code,
            ended_at=row.ended_at,
            reopen_until=row.ended_at + timedelta(days=days),
        )
        asked.setdefault(row.household_id, []).append(one)
    first = first_of_month(today)
    last = end_of_period(first, 1)
    return DueList(
        households=walking_order([_mine(row, asked.get(row.household_id, []), today, rules) for row in rows]),
        visited=await stored.month_of(session, actor.person_id, first, last + timedelta(days=1)),
        a_month=rules.a_month,
        month_ends_on=last,
    )


def _mine(row: Any, asked: Sequence[FollowUp], today: Any, rules: Rules) -> Mine:
    return Mine(
        spot=(row.lon, row.lat),
        building=row.building,
        dwelling=Dwelling(row.entrance, row.floor, row.room),
        household_id=row.household_id,
        version=row.version,
        building_id=row.building_id,
        cares=row.cares,
        due=due(cares=row.cares, since=row.since, reached_on=row.reached_on, today=today, rules=rules),
        last_outcome=row.last_outcome,
        last_on=row.last_on,
        follow_ups=tuple(asked),
    )


async def forget(session: WriteSession, now: datetime) -> bool:
    """Notes of visits past their time; True when there may be more."""
    return await stored.forget_notes(session, now - NOTE_KEPT, AT_ONCE)
