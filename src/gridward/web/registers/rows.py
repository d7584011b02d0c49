"""Registers row by row: whatever the register, a page of records under the keys of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gridward.domain.accounts import Subject, may, require
from gridward.domain.registers import TOLD_SOURCES, Register
from gridward.domain.tickets.numbers import official_number
from gridward.gateways.sheets import Record
from gridward.persistence import registers as stored
from gridward.persistence.database import ReadSession
from gridward.persistence.patrols import walks
from gridward.persistence.registers import CaseLine, Of, Place, VisitLine
from gridward.web.patrols.exporting import MOST, log_record
from gridward.web.registers import meeting_rows, words
from gridward.web.registers.asking import Asked, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``last``: after which place to go on; None where a register comes as a whole."""

    records: list[Record]
    last: Place | None


WHOLE = frozenset({Register.meeting, Register.patrols})
"""Registers that come as a whole, in one file however long."""


async def page(
    session: ReadSession, asks: Asked, register: Register, lang: Language, after: Place | None, written: int, size: int
) -> Page:
    """At most ``size`` records, numbered on from ``written``: those after a place, or without one those after so many.

    A register that comes as a whole is all in the first page.
    """
    skip = written if after is None else 0
    match register:
        case Register.meeting:
            whole = await meeting_rows.records(session, asks, lang) if written == 0 else []
            return Page(records=_numbered(whole, 0), last=None)
        case Register.patrols:
            _require_patrols(asks)
            lines = [log_record(row, lang) for row in await walked(session, asks.of)]
            return Page(records=_numbered(lines, 0) if written == 0 else [], last=None)
        case Register.visits:
            visits = await stored.visits(session, asks.of, after, size, skip)
            named = _names_liaisons(asks)
            records = [_visit(one, lang, named=named) for one in visits]
            return Page(records=_numbered(records, written), last=visits[-1].place if visits else None)
        case Register.cases | Register.demands:
            cases = await stored.cases(session, asks.of, after, size, skip, _told(register))
            records = [_case(one, lang) for one in cases]
            return Page(records=_numbered(records, written), last=cases[-1].place if cases else None)


async def count(session: ReadSession, asks: Asked, register: Register) -> int:
    match register:
        case Register.meeting:
            return len(await meeting_rows.records(session, asks, "zh"))
        case Register.patrols:
            return await stored.count_patrols(session, asks.of)
        case Register.visits:
            return await stored.count_visits(session, asks.of)
        case Register.cases | Register.demands:
            return await stored.count_cases(session, asks.of, _told(register))


def _require_patrols(asks: Asked) -> None:
    """Who walked when is for those alone who answer for the patrols.

    Raises:
        Forbidden: ``not_permitted``.
    """
    require(asks.actor, "patrol:export", Subject(jurisdiction_id=asks.of.jurisdiction_id, community_id=asks.area_id))


async def walked(session: ReadSession, of: Of, most: int = MOST) -> list[Any]:
    """Every patrol begun in the period, the oldest first. A query holds ``most`` of them: where there are more, each half of
    the time is asked for on its own, and nothing is left out."""
    found = await walks.listed(
        session, of.jurisdiction_id, since=of.since, until=of.until, community_ids=of.community_ids, limit=most + 1
    )
    if len(found) <= most:
        return list(reversed(found))
    middle = of.since + (of.until - of.since) / 2
    halves = (replace(of, until=middle), replace(of, since=middle))
    return [row for half in halves for row in await walked(session, half, most)]


def _told(register: Register) -> tuple[str, ...] | None:
    return TOLD_SOURCES if register is Register.demands else None


def _names_liaisons(asks: Asked) -> bool:
    """Who went where is for those alone who answer for the liaisons."""
    subject = Subject(jurisdiction_id=asks.of.jurisdiction_id, community_id=asks.area_id)
    return may(asks.actor, "visit:read_liaison", subject)


def _numbered(records: Sequence[Record], written: int) -> list[Record]:
    return [{"line": number, **record} for number, record in enumerate(records, written + 1)]


def _case(one: CaseLine, lang: Language) -> Record:
    return {
        "ticket_no": official_number(one.number_day, one.number),
        "source": words.source(one.source, lang),
        "received_at": one.received_at,
        "kind": one.kind,
        "what": one.what or one.kind,
        "community": one.community,
        "grid": one.grid,
        "place_note": one.place_note,
        "unit": one.unit,
        "dispatched_at": one.dispatched_at,
        "due_at": one.due_at,
        "resolved_at": one.resolved_at,
        "ended_at": one.ended_at,
        "status": words.status(one.status, lang),
        "result": one.result,
        "late": words.yes(one.late, lang),
        "satisfied": words.satisfied(one.satisfied, lang),
    }


def _visit(one: VisitLine, lang: Language, *, named: bool) -> Record:
    return {
        "visited_at": one.visited_at,
        "community": one.community,
        "building": one.building,
        "outcome": words.outcome(one.outcome, lang),
        "demand": one.demand,
        "status": words.raised(one.raised, one.open, lang),
        "satisfied": words.satisfied(one.satisfied, lang),
        "liaison": one.liaison if named else None,
    }
