"""Putting another system's tickets in, a thousand at a time: each batch of rows stands or falls as a whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import PROGRAM_ACTIONS, Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.facts import write_instant
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.past_judge import Planned
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id, record
from gridward.persistence.territory import change
from gridward.persistence.tickets import past as stored
from gridward.persistence.tickets.past import Placed
from gridward.persistence.tickets.search import search_vector
from gridward.services.sla import local_date, terms_of
from gridward.services.tickets.case import Case, columns, deeds_of, touched_by
from gridward.services.tickets.past import SUBJECT, JudgedFile, PastReading
from gridward.services.tickets.projection import clock_values, round_values

SIZE = 1_000
"""Rows in one transaction. An open writer holds the change feed back for everybody, so it must stay short."""

ACTION = "past:import"
"""Bringing a file. That its tickets stand here then is a step of the program, which no administrator has."""

SOURCE = "import"
NAME_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Under:
    """The batch that rows are put in under."""

    batch_id: UUID
    name: str
    system: str


@dataclass(frozen=True, slots=True)
class PutIn:
    """What one batch of rows came to: ``came`` of them came in, ``left`` are still to come."""

    name: str
    came: int
    left: int


def name_of(reading: PastReading) -> str:
    """The name of a batch that nobody named: the same file read the same way has the same."""
    return (reading.file.digest[:3] + reading.wish.digest[:3]).hex()[:NAME_LENGTH]


async def check_batch(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, reading: PastReading, name: str
) -> stored.Batch | None:
    """The batch of this name as far as it came; None where it is new.

    Raises:
        Malformed: ``batch_of_other_file``, ``batch_read_otherwise``.
    """
    found = await stored.batch(session, jurisdiction_id, name, reading.file.digest, reading.wish.digest)
    if found is None:
        return None
    if not found.same_file:
        why = f"Under this name another file was begun on {found.started_at:%Y-%m-%d}. Say another --batch."
        raise Malformed("batch_of_other_file", field="--batch", text=name, why=why)
    if not found.same_reading:
        why = "This batch was begun with other declarations (--map, --time-zone, --crs, …). Say the same, or another --batch."
        raise Malformed("batch_read_otherwise", field="--batch", text=name, why=why)
    return found


async def begin_batch(
    session: WriteSession, jurisdiction_id: UUID, reading: PastReading, name: str, now: datetime
) -> Under:
    """Open a batch, or go on with one that was cut off. Raises: Malformed as :func:`check_batch`."""
    values = {
        "batch_id": new_id(),
        "jurisdiction_id": jurisdiction_id,
        "name": name,
        "file_digest": reading.file.digest,
        "reading_digest": reading.wish.digest,
        "started_at": now,
    }
    await stored.begin(session, values)
    found = await check_batch(session, jurisdiction_id, reading, name)
    assert found is not None
    return Under(found.batch_id, name, reading.wish.system)


async def take_turn(session: WriteSession, actor: Actor) -> None:
    """The jurisdiction's only turn to bring a past, until this transaction ends; the same that the command holds.

    Raises:
        Forbidden: ``not_permitted``. Conflict: ``import_under_way``.
    """
    require(actor, ACTION, Subject(jurisdiction_id=actor.jurisdiction_id))
    if not await change.take_turn(session, actor.jurisdiction_id, SUBJECT):
        raise Conflict("import_under_way")


async def put_in_next(
    session: WriteSession, actor: Actor, reading: PastReading, found: JudgedFile, now: datetime
) -> PutIn:
    """The next batch of rows of a file that was judged in this turn; with the last of them its batch is finished.

    What is there already is what the file was judged against, so asking again goes on from there, whoever asks.
    """
    name, ready = name_of(reading), found.judged.ready
    under = await begin_batch(session, actor.jurisdiction_id, reading, name, now)
    came = await put_in(session, actor, under, ready[:SIZE], now)
    left = len(ready[SIZE:])
    if not left:
        await finish_batch(session, under, now)
    return PutIn(name, came, left)


async def put_in(session: WriteSession, actor: Actor, under: Under, plans: Sequence[Planned], now: datetime) -> int:
    """Put rows in; those whose number is there already are passed over. Answers how many came in.

    Each becomes a ticket founded by one fact; its row, its clock and its unit's turn are what that fact gives.
    """
    there = await stored.known(session, actor.jurisdiction_id, under.system, [plan.row.outer_no for plan in plans])
    new = [plan for plan in plans if plan.row.outer_no not in there]
    if not new:
        return 0
    places = await stored.placed(session, actor.jurisdiction_id, [plan.point for plan in new], now)
    terms = await terms_of(session, actor.jurisdiction_id, {plan.kind.standard_id for plan in new})
    days = [local_date(terms, plan.row.opened_at) for plan in new]
    short_nos = await _short_nos(session, under, days)
    founding = list(zip(new, places, days, short_nos, strict=True))
    # Beside the event loop, which serves everybody else meanwhile.
    cases, rows = await asyncio.to_thread(_made, actor, under, founding, terms, now)
    await stored.add(session, **rows)
    # A phone keeps what is open; of a closed one it learns when somebody asks for it.
    touched = [one for case in cases if case.state.is_open for one in touched_by(case)]
    deeds = [deed for case in cases for deed in deeds_of(case)]
    await record(session, deeds, jurisdiction_id=actor.jurisdiction_id, touched=touched)
    return len(new)


async def finish_batch(session: WriteSession, under: Under, now: datetime) -> None:
    """Every row of the file has been put in or refused."""
    await stored.finish(session, under.batch_id, now)


def _made(
    actor: Actor, under: Under, founding: Sequence[tuple[Planned, Placed, date, int]], terms: Terms, now: datetime
) -> tuple[list[Case], dict[str, list[dict[str, Any]]]]:
    """The tickets of rows, and what is stored of them by the names of :func:`.stored.add`."""
    cases = [_founded(actor, under, plan, place, terms, now) for plan, place, *_ in founding]
    founded = [(case, *one) for case, one in zip(cases, founding, strict=True)]
    return cases, {
        "tickets": [_ticket(*one, under=under, terms=terms, now=now) for one in founded],
        "numbers": [_number(case, plan, under) for case, plan, *_ in founded],
        "clocks": [
            clock_values(case.ticket_id, case.jurisdiction_id, clock, terms)
            for case in cases
            for clock in case.ticket.clocks.clocks
        ],
        "assignments": [_assignment(case) for case in cases if case.state.assignment is not None],
        "rounds": [
            row
            for case in cases
            for row in round_values(
                case.ticket_id,
                case.jurisdiction_id,
                case.state,
                case.ticket.clocks,
                terms,
                community_id=case.community_id,
            )
        ],
    }


def _founded(actor: Actor, under: Under, plan: Planned, place: Placed, terms: Terms, now: datetime) -> Case:
    case = Case(ticket_id=new_id(), jurisdiction_id=actor.jurisdiction_id, terms=terms)
    case.place = {"community_id": place.community_id, "marks": []}
    row, unit = plan.row, plan.unit
    raw: dict[str, Any] = {
        "batch_id": under.batch_id,
        "standard_id": plan.kind.standard_id,
        "category": plan.kind.category,
        "condition_id": plan.kind.condition_id,
        "grid_id": place.grid_id,
        "community_id": place.community_id,
        "unit_id": unit.unit_id if unit else None,
        "unit_kind": unit.kind if unit else None,
        "opened_at": row.opened_at,
        "due_at": row.due_at,
        "closed_at": row.closed_at,
        "said_on_time": row.on_time,
        "source": SOURCE,
    }
    acting = Acting(person_id=actor.person_id, via=actor.via, may=PROGRAM_ACTIONS)
    case.step(Intent.IMPORT_PAST, read_body(Intent.IMPORT_PAST, raw), acting, Moment(now=now, operation_id=new_id()))
    return case


async def _short_nos(session: WriteSession, under: Under, days: Sequence[date]) -> list[int]:
    """Spoken numbers in a series of the batch's own: today's reports are never numbered after a city's past."""
    last = Counter(await stored.last_short_nos(session, under.batch_id, set(days)))
    given = []
    for day in days:
        last[day] += 1
        given.append(last[day])
    return given


def _ticket(
    case: Case, plan: Planned, place: Placed, day: date, short_no: int, *, under: Under, terms: Terms, now: datetime
) -> dict[str, Any]:
    row = plan.row
    category = terms.standard(plan.kind.standard_id).category(plan.kind.category)
    return {
        **columns(case, now),
        "ticket_id": case.ticket_id,
        "jurisdiction_id": case.jurisdiction_id,
        "number_day": day,
        "number_area_id": under.batch_id,
        "short_no": short_no,
        "source": SOURCE,
        "place_note": None,
        "location": f"SRID=4326;POINT({plan.point[0]} {plan.point[1]})" if plan.point else None,
        "accuracy_m": None,
        "building_id": place.building_id,
        "received_at": row.opened_at,
        "captured_at": row.opened_at,
        "photo_sha256": None,
        "conflict": False,
        "search": search_vector((category.name.zh, row.outer_no)),
    }


def _number(case: Case, plan: Planned, under: Under) -> dict[str, Any]:
    return {
        "ticket_id": case.ticket_id,
        "jurisdiction_id": case.jurisdiction_id,
        "batch_id": under.batch_id,
        "system": under.system,
        "outer_no": plan.row.outer_no,
        "row_no": plan.row.row_no,
        "digest": plan.digest,
    }


def _assignment(case: Case) -> dict[str, Any]:
    held = case.state.assignment
    assert held is not None
    return {
        "assignment_id": held.assignment_id,
        "jurisdiction_id": case.jurisdiction_id,
        "ticket_id": case.ticket_id,
        "unit_id": held.unit_id,
        "worker_id": None,
        "by_rule": False,
        "begun_by": "ticket.imported",
        "assigned_at": held.assigned_at,
        "routing": None,
    }


def under_facts(batch: stored.Batch | None, name: str) -> dict[str, Any]:
    """The batch for the report; JSON-ready."""
    began = write_instant(batch.started_at) if batch else None
    return {"name": name, "begun_at": began, "finished": bool(batch and batch.finished_at)}
