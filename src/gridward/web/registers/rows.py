"""Registers row by row: whatever the register, a page of records under the keys of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridward.domain.registers import Register
from gridward.domain.tickets.numbers import official_number
from gridward.gateways.sheets import Record
from gridward.persistence import registers as stored
from gridward.persistence.database import ReadSession
from gridward.persistence.registers import CaseLine
from gridward.web.registers import meeting_rows, words
from gridward.web.registers.asking import Asked, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``last``: after which line to go on; None where a register comes as a whole."""

    records: list[Record]
    last: CaseLine | None


async def page(
    session: ReadSession,
    asks: Asked,
    register: Register,
    lang: Language,
    after: CaseLine | None,
    written: int,
    size: int,
) -> Page:
    """At most ``size`` records, numbered on from ``written``."""
    if register is Register.meeting:
        whole = await meeting_rows.records(session, asks, lang) if written == 0 else []
        return Page(records=_numbered(whole, 0), last=None)
    lines = await stored.cases(session, asks.of, after, size)
    return Page(records=_numbered([_case(one, lang) for one in lines], written), last=lines[-1] if lines else None)


async def count(session: ReadSession, asks: Asked, register: Register) -> int:
    if register is Register.cases:
        return await stored.count_cases(session, asks.of)
    return len(await meeting_rows.records(session, asks, "zh"))


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
