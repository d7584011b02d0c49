"""How clocks come to be: started, given up, taken up again where they stood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.facts import Fact, read_instant, read_limit, write_instant, write_limit
from gridward.domain.sla.clocks import (
    SUSPENDED_KINDS,
    UNIT_KINDS,
    Clock,
    Clocks,
    Extension,
    Pause,
    Why,
)
from gridward.domain.sla.course import recomputed
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import CITY, ClockKind, Limit, Verification
from gridward.domain.values import replace


def step_of(kind: ClockKind, number: int | None) -> str:
    """The step that stops a clock of the unit, as :class:`.clocks.Duty` remembers it."""
    return f"{kind}-{number}" if number is not None else kind.value


def calendars_of(
    fact: Fact, terms: Terms, standard_id: str, kind: ClockKind, unit_kind: str | None
) -> Mapping[str, int]:
    """The calendar versions that the fact names for a clock; the current ones where it names none."""
    named: Mapping[str, int] = fact.detail.get("calendars") or {}
    own = terms.standard(standard_id).calendar_id(kind, unit_kind)
    if all(name in named for name in (CITY, own)):
        return {name: named[name] for name in dict.fromkeys((CITY, own))}
    return terms.pinned(standard_id, kind, unit_kind)


def ongoing(book: Clocks, kind: ClockKind, since: datetime) -> tuple[Pause, ...]:
    """The suspensions that a clock of this kind meets from ``since`` on."""
    if kind not in SUSPENDED_KINDS:
        return ()
    return tuple(pause for pause in book.suspensions if pause.end is None or pause.end > since)


def limit_for(book: Clocks, terms: Terms, kind: ClockKind, way: Verification | None = None) -> Limit | None:
    return terms.limit_of(
        kind, book.standard_id, book.condition_id, urgent=book.urgent, area_class=book.area_class, way=way
    )


def start(
    book: Clocks,
    fact: Fact,
    terms: Terms,
    kind: ClockKind,
    limit: Limit | None,
    *,
    at: datetime | None = None,
    **more: Any,
) -> Clocks:
    """``book`` with a new clock from ``at`` (the fact's recorded time: nobody could know before). No limit, no clock."""
    if limit is None:
        return book
    unit_kind = more.get("unit_kind")
    number = len(book.of(kind)) + 1
    started_at = at or fact.recorded_at
    clock = Clock(
        key=f"{kind}-{book.round}-{number}",
        kind=kind,
        round=book.round,
        standard_id=book.standard_id,
        condition_id=book.condition_id,
        limit=limit,
        calendars=calendars_of(fact, terms, book.standard_id, kind, unit_kind),
        started_at=started_at,
        pauses=(*more.pop("pauses", ()), *ongoing(book, kind, started_at)),
        **more,
    )
    return replace(book, clocks=(*book.clocks, recomputed(clock, terms, at=fact.recorded_at, why="start")))


def wanted_of_unit(book: Clocks, terms: Terms) -> list[tuple[ClockKind, int | None, Limit | None]]:
    """The unit's clocks that the condition asks for: (kind, milestone number, limit)."""
    condition = terms.condition(book.standard_id, book.condition_id)
    stages = condition.stages if condition else ()
    return [
        (ClockKind.ACKNOWLEDGE, None, limit_for(book, terms, ClockKind.ACKNOWLEDGE)),
        (ClockKind.RESPOND, None, limit_for(book, terms, ClockKind.RESPOND)),
        *((ClockKind.MILESTONE, stage.number, stage.limit) for stage in stages),
        (ClockKind.RESOLVE, None, limit_for(book, terms, ClockKind.RESOLVE)),
    ]


def start_of_unit(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """All clocks of the unit that now has the ticket."""
    for kind, number, limit in wanted_of_unit(book, terms):
        book = start_one(book, fact, terms, kind, number, limit)
    return book


def start_one(
    book: Clocks, fact: Fact, terms: Terms, kind: ClockKind, number: int | None, limit: Limit | None
) -> Clocks:
    """One clock of the unit that has the ticket, from the start of its turn."""
    duty = book.duty
    if duty is None:
        return book
    return start(
        book,
        fact,
        terms,
        kind,
        limit,
        at=duty.since,
        number=number,
        assignment_id=duty.assignment_id,
        unit_id=duty.unit_id,
        unit_kind=duty.unit_kind,
        pauses=duty.pauses,
    )


def start_overall(book: Clocks, fact: Fact, terms: Terms, *, at: datetime | None = None) -> Clocks:
    """``overall``, once per round: it never starts again inside one, and counts like the first unit's clocks."""
    if book.of(ClockKind.OVERALL):
        return book
    unit_kind = book.duty.unit_kind if book.duty else None
    pauses = book.duty.pauses if book.duty else ()
    limit = limit_for(book, terms, ClockKind.OVERALL)
    return start(book, fact, terms, ClockKind.OVERALL, limit, at=at, unit_kind=unit_kind, pauses=pauses)


def is_of(clock: Clock, round_: int, unit_id: UUID) -> bool:
    """Whether a clock judges this unit in this round."""
    return clock.kind in UNIT_KINDS and clock.round == round_ and clock.unit_id == unit_id


def ended(clock: Clock, book: Clocks, at: datetime, why: str) -> Clock:
    """A running clock that something else ends: void, but a breach that has happened stays in the figures.

    While a request asked in time is undecided nobody can say that it was breached: then it is void.
    """
    if not clock.running:
        return clock
    if clock.due_at is not None and clock.due_at < at and not book.is_held(clock):
        return replace(clock, stopped_at=at, final=True, ended_by=why)
    return replace(clock, voided_at=at, void_why=why)


def voided(clock: Clock, at: datetime, why: str) -> Clock:
    return clock if clock.voided_at is not None else replace(clock, voided_at=at, void_why=why)


def taken_up(clock: Clock, book: Clocks, terms: Terms, at: datetime, why: Why, *, pause: bool = True) -> Clock:
    """A clock that was given up goes on where it stood; what had stopped stays stopped.

    A suspension that was told meanwhile holds for it as for any other.
    """
    since = clock.voided_at if clock.voided_at is not None else clock.stopped_at
    if since is None or (clock.voided_at is None and clock.ended_by is None):
        return clock
    back = replace(clock, voided_at=None, void_why=None)
    if clock.ended_by is not None:
        back = replace(back, stopped_at=None, final=False, ended_by=None)
    if back.stopped_at is not None or not pause:
        return back
    kept = tuple(p for p in back.pauses if p.why is not Why.SUSPENSION)
    back = replace(
        back, pauses=(*kept, *ongoing(book, back.kind, back.started_at), Pause(why=why, start=since, end=at))
    )
    return recomputed(back, terms, at=at, why=why)


def write_course(clock: Clock) -> dict[str, Any]:
    """What a child of a split needs to have the same ``overall`` as its parent; JSON."""
    return {
        "started_at": write_instant(clock.started_at),
        "unit_kind": clock.unit_kind,
        "calendars": dict(clock.calendars),
        "limit": write_limit(clock.limit),
        "pauses": [
            [p.why.value, write_instant(p.start), None if p.end is None else write_instant(p.end), p.basis]
            for p in clock.pauses
            if p.why is not Why.SUSPENSION
        ],
        "extensions": [
            [write_limit(e.limit), write_instant(e.asked_at), write_instant(e.granted_at), e.basis]
            for e in clock.extensions
        ],
    }


def start_inherited(book: Clocks, fact: Fact, terms: Terms, course: Mapping[str, Any]) -> Clocks:
    """The child's ``overall``: from its parent's start, with the pauses and extensions that the parent had."""
    inherited = replace(fact, detail={**fact.detail, "calendars": course["calendars"]})
    return start(
        book,
        inherited,
        terms,
        ClockKind.OVERALL,
        read_limit(course["limit"]),
        at=read_instant(course["started_at"]),
        unit_kind=course["unit_kind"],
        pauses=tuple(
            Pause(
                why=Why(why), start=read_instant(since), end=None if until is None else read_instant(until), basis=basis
            )
            for why, since, until, basis in course["pauses"]
        ),
        extensions=tuple(
            Extension(
                limit=read_limit(limit),
                asked_at=read_instant(asked),
                granted_at=read_instant(granted),
                basis=basis,
            )
            for limit, asked, granted, basis in course["extensions"]
        ),
    )
