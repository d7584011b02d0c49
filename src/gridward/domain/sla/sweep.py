"""What time alone does: reminders, breaches, and what is recorded when a stop or a grant turns out to have been in time.

A breach is a fact with a time: ``breached_at = due_at``, whenever this was run. All of it may be run again and again; it
answers only what is not yet recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice, takewhile
from typing import Any

from gridward.domain.facts import Fact, write_instant
from gridward.domain.sla.advance import advance
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.course import course_of
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import LadderStep

WAITS_FOR_DECISION = 100
"""From this percent on a step is about the breach itself: nobody is told while a request asked in time is undecided."""


def due_steps(clocks: Clocks, now: datetime, terms: Terms, *, via: str = "sweep") -> tuple[Fact, ...]:
    """Facts that have become true of the clocks by ``now`` and are not recorded, in the order of their true times.

    ``clock.rescheduled`` for running clocks on an outdated calendar version; ``clock.reminded`` per step of the ladder, each
    once, with ``send`` only on the highest that came due at once; ``clock.breached``; ``clock.breach_lifted``.
    """
    calendars = tuple(_rescheduled(clocks, now, terms, via))
    for fact in calendars:
        clocks = advance(clocks, fact, terms)
    found = [fact for clock in clocks.clocks for fact in _of_clock(clock, clocks, now, terms, via)]
    return (*calendars, *sorted(found, key=lambda fact: fact.occurred_at))


def _of_clock(clock: Clock, clocks: Clocks, now: datetime, terms: Terms, via: str) -> Iterator[Fact]:
    if clock.voided_at is not None:
        return
    if clock.running:
        yield from _reminders(clock, clocks, now, terms, via)
    yield from _verdict(clock, clocks, now, via)


def _fact(verb: str, clock: Clock, at: datetime, now: datetime, via: str, detail: Mapping[str, Any]) -> Fact:
    named = {"clock": clock.key, "kind": clock.kind.value, "round": clock.round, "party": clock.party.value}
    return Fact(verb=verb, occurred_at=min(at, now), recorded_at=now, via=via, detail={**named, **detail})


def _reminders(clock: Clock, clocks: Clocks, now: datetime, terms: Terms, via: str) -> Iterator[Fact]:
    due = list(takewhile(lambda one: one[0] <= now, _open_steps(clock, clocks, terms)))
    for at, step in due:
        detail = {"step": step.percent, "to": list(step.to), "send": step is due[-1][1]}
        yield _fact("clock.reminded", clock, at, now, via, detail)


def _open_steps(clock: Clock, clocks: Clocks, terms: Terms) -> Iterator[tuple[datetime, LadderStep]]:
    """Steps not yet fired, with their instants, earliest first; those that wait for a decision left out."""
    steps = sorted(
        (step for step in terms.steps(clock) if step.percent not in clock.reminded), key=lambda step: step.percent
    )
    if not steps:
        return
    course, held = course_of(clock, terms), clocks.is_held(clock)
    for step in steps:
        at = None if held and step.percent >= WAITS_FOR_DECISION else course.instant_at(step.percent)
        if at is not None:
            yield at, step


def is_late(clock: Clock, now: datetime) -> bool:
    """Whether it ran longer than allowed; a stop at exactly the due instant is on time."""
    return clock.due_at is not None and (clock.stopped_at or now) > clock.due_at


def _verdict(clock: Clock, clocks: Clocks, now: datetime, via: str) -> Iterator[Fact]:
    late, due_at = is_late(clock, now), clock.due_at
    if clock.breached and not late:
        yield _fact("clock.breach_lifted", clock, now, now, via, {"why": _why_lifted(clock)})
    recorded = clock.breached and clock.breached_at == due_at
    undecided = clocks.is_held(clock) and not clock.breached
    if late and due_at is not None and not recorded and not undecided:
        yield _fact("clock.breached", clock, due_at, now, via, {"breached_at": write_instant(due_at)})


def _why_lifted(clock: Clock) -> str:
    """The stop, if it lies before the recorded breach; else what last moved the due instant."""
    if clock.stopped_at is not None and clock.breached_at is not None and clock.stopped_at <= clock.breached_at:
        return "late_stop"
    return clock.past_dues[-1].why if clock.past_dues else "late_stop"


def _rescheduled(clocks: Clocks, now: datetime, terms: Terms, via: str) -> Iterator[Fact]:
    outdated: dict[tuple[str, int], list[str]] = {}
    for clock in clocks.clocks:
        for name, version in clock.calendars.items() if clock.running else ():
            if terms.current.get(name, version) > version:
                outdated.setdefault((name, version), []).append(clock.key)
    for (name, version), keys in sorted(outdated.items()):
        detail = {"calendar_id": name, "from_version": version, "to_version": terms.current[name], "clocks": keys}
        yield Fact(verb="clock.rescheduled", occurred_at=now, recorded_at=now, via=via, detail=detail)


def next_step_at(clock: Clock, clocks: Clocks, terms: Terms) -> datetime | None:
    """When the sweep must next look at a clock: its next reminder or its breach. None: never, as things stand."""
    if not clock.running:
        return None
    instants = [at for at, _ in islice(_open_steps(clock, clocks, terms), 1)]
    if clock.due_at is not None and not clock.breached and not clocks.is_held(clock):
        instants.append(clock.due_at)
    return min(instants, default=None)
