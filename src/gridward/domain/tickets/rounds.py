"""How far a ticket came in each of its rounds: what figures count. A part of the fold of its facts.

A round begins with the filing, a restore or a reopening. What happened in an earlier one stays as it was, and what may
happen several times is kept with its instants, so that a month can still be judged at its own end when a ticket of it went on,
or was opened again, later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.tickets.words import LINK, OPEN, Closing, RequestKind, Status
from gridward.domain.values import replace

BY_RULES = "rules"
"""``Fact.via`` of what the rules did alone."""


Instants = tuple[datetime, ...]
"""In their order."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of a ticket. Instants are those at which the server knew.

    Args:
        accepted_at: 立案; None while it waits, or was never accepted. A reopening and a part of a split begin accepted, and
            what its reporter put right at once counts from its filing.
        by_rule: The rules accepted it, nobody at the desk.
        dispatched_at: A unit was first named.
        unit_id: The last unit named.
        named: Each naming of a unit, the earliest first: who had the ticket at an instant is the last one named by then.
        resolved_at: The first "done".
        checks: Outcomes of verifications; ``reworks`` of them failed. ``first_passed`` is that of the first.
        first_reworked_at: The first that failed.
        ended_at, ended_as, closing: Its last end, the status that it ended in, and how it was closed; None while it is open.
        reopened_at: The next round began by a reopening.
        extended_at, deferred_at: The first such request was granted.
        shelved_at: It was first shelved.
        shelf: Onto the shelf, off it, onto it again, …: it lies there at an instant by which an odd number of them has passed.
        steps, late_steps: When the unit took its steps, and those of them sent after they were done (补传).
        desk_steps, link_steps: Those that the desk took for the unit, and those by a one-case link (代办).
        self_solved: Its reporter put it right at once.
        part: A part of a split; its parent counts for the whole.
        imported: Another system's.
    """

    number: int = 1
    accepted_at: datetime | None = None
    by_rule: bool = False
    dispatched_at: datetime | None = None
    unit_id: UUID | None = None
    named: tuple[tuple[datetime, UUID], ...] = ()
    resolved_at: datetime | None = None
    checks: int = 0
    reworks: int = 0
    first_reworked_at: datetime | None = None
    first_checked_at: datetime | None = None
    first_passed: bool | None = None
    ended_at: datetime | None = None
    ended_as: str | None = None
    closing: str | None = None
    reopened_at: datetime | None = None
    extended_at: datetime | None = None
    deferred_at: datetime | None = None
    shelved_at: datetime | None = None
    shelf: Instants = ()
    steps: Instants = ()
    late_steps: Instants = ()
    desk_steps: Instants = ()
    link_steps: Instants = ()
    self_solved: bool = False
    part: bool = False
    imported: bool = False


Rounds = tuple[Round, ...]

CLOSINGS: Mapping[str, Closing] = MappingProxyType(
    {
        "ticket.verified": Closing.VERIFIED,
        "ticket.closed_unverified": Closing.UNVERIFIED,
        "ticket.closed_informed": Closing.INFORMED,
        "ticket.force_closed": Closing.FORCED,
        "ticket.split_finished": Closing.CHILDREN,
    }
)
"""The facts that close, and how."""


def founded(fact: Fact) -> Rounds:
    """The first round, from the fact that founds the ticket."""
    match fact.verb:
        case "ticket.imported":
            return (_imported(fact),)
        case "ticket.split_off":
            at = fact.recorded_at
            begun = Round(accepted_at=at, dispatched_at=at, by_rule=fact.via == BY_RULES, part=True)
            return (_named(begun, fact.uuid("unit_id"), at),)
        case _:
            closed = fact.detail["status"] not in OPEN
            if not closed:
                return (Round(),)
            at, status = fact.recorded_at, fact.detail["status"]
            return (
                Round(self_solved=True, accepted_at=at, ended_at=at, ended_as=status, closing=Closing.SELF_RESOLVED),
            )


def _imported(fact: Fact) -> Round:
    """By the other system's times; what it had not begun to work on is accepted here, like any other."""
    opened_at, closed_at, status = fact.occurred_at, fact.instant("closed_at"), Status(fact.detail["status"])
    waits = status is Status.RECEIVED
    brought = Round(
        imported=True,
        accepted_at=None if waits else opened_at,
        ended_at=closed_at,
        ended_as=status.value if status not in OPEN else None,
        closing=Closing.IMPORTED if status not in OPEN else None,
    )
    return _named(brought, fact.uuid("unit_id"), opened_at)


def counted(rounds: Rounds, fact: Fact) -> Rounds:
    """The rounds after one more fact."""
    begin = _BEGINNINGS.get(fact.verb)
    if begin is not None and (fact.verb != "ticket.split_resumed" or fact.status is not None):
        return begin(rounds, fact)
    now = rounds[-1]
    handler = _HANDLERS.get(fact.verb)
    changed = _moved(handler(now, fact) if handler is not None else now, fact)
    return rounds if changed is now else (*rounds[:-1], changed)


def _moved(now: Round, fact: Fact) -> Round:
    status = fact.status
    if status is None:
        return now
    if len(now.shelf) % 2 and status != Status.SHELVED:
        # A time on the shelf that has run out ended then, whenever that was noticed.
        now = replace(now, shelf=_and(now.shelf, fact.occurred_at))
    if status in OPEN:
        return now if now.ended_at is None else replace(now, ended_at=None, ended_as=None, closing=None)
    return replace(now, ended_at=fact.recorded_at, ended_as=status, closing=CLOSINGS.get(fact.verb))


def _reopened(rounds: Rounds, fact: Fact) -> Rounds:
    at = fact.recorded_at
    closed = replace(rounds[-1], reopened_at=at)
    return (*rounds[:-1], closed, Round(number=closed.number + 1, accepted_at=at, part=closed.part))


def _restored(rounds: Rounds, fact: Fact) -> Rounds:
    return (*rounds, Round(number=rounds[-1].number + 1, part=rounds[-1].part))


_BEGINNINGS: Mapping[str, Callable[[Rounds, Fact], Rounds]] = MappingProxyType(
    {"ticket.reopened": _reopened, "ticket.split_resumed": _reopened, "ticket.restored": _restored}
)


def _accepted(now: Round, fact: Fact) -> Round:
    return replace(now, accepted_at=fact.recorded_at, by_rule=fact.via == BY_RULES)


def _and(before: Instants, at: datetime) -> Instants:
    """One more; two servers' clocks may differ by a little, and instants are looked up by their order."""
    return (*before, max(before[-1], at) if before else at)


def _named(now: Round, unit_id: UUID | None, at: datetime) -> Round:
    if unit_id is None:
        return now
    last = now.named[-1][0] if now.named else at
    return replace(now, unit_id=unit_id, named=(*now.named, (max(last, at), unit_id)))


def _dispatched(now: Round, fact: Fact) -> Round:
    sent = replace(now, dispatched_at=now.dispatched_at or fact.recorded_at)
    return _named(sent, fact.uuid("unit_id"), fact.recorded_at)


def _split(now: Round, fact: Fact) -> Round:
    return replace(now, dispatched_at=now.dispatched_at or fact.recorded_at)


def _step(now: Round, fact: Fact) -> Round:
    by_link = fact.via == LINK

    def with_it(before: Instants, counts: object) -> Instants:
        return _and(before, fact.recorded_at) if counts else before

    return replace(
        now,
        steps=with_it(now.steps, True),
        late_steps=with_it(now.late_steps, fact.detail.get("late")),
        desk_steps=with_it(now.desk_steps, fact.detail.get("on_behalf") and not by_link),
        link_steps=with_it(now.link_steps, by_link),
    )


def _resolved(now: Round, fact: Fact) -> Round:
    return replace(_step(now, fact), resolved_at=now.resolved_at or fact.recorded_at)


def _checked(passed: bool) -> Callable[[Round, Fact], Round]:
    def handler(now: Round, fact: Fact) -> Round:
        first = (fact.recorded_at, passed) if now.first_checked_at is None else (now.first_checked_at, now.first_passed)
        return replace(
            now,
            checks=now.checks + 1,
            reworks=now.reworks + (not passed),
            first_reworked_at=now.first_reworked_at or (None if passed else fact.recorded_at),
            first_checked_at=first[0],
            first_passed=first[1],
        )

    return handler


def _granted(now: Round, fact: Fact) -> Round:
    match fact.detail["kind"]:
        case RequestKind.EXTEND:
            return replace(now, extended_at=now.extended_at or fact.recorded_at)
        case RequestKind.DEFER:
            return replace(now, deferred_at=now.deferred_at or fact.recorded_at)
        case RequestKind.SHELVE if fact.status == Status.SHELVED:
            if len(now.shelf) % 2:
                return now
            return replace(now, shelved_at=now.shelved_at or fact.recorded_at, shelf=_and(now.shelf, fact.recorded_at))
        case _:
            return now


_HANDLERS: Mapping[str, Callable[[Round, Fact], Round]] = MappingProxyType(
    {
        "ticket.accepted": _accepted,
        "ticket.assigned": _dispatched,
        "ticket.split": _split,
        "ticket.acknowledged": _step,
        "ticket.arrived": _step,
        "milestone.reached": _step,
        "ticket.resolved": _resolved,
        "ticket.verified": _checked(passed=True),
        "ticket.reworked": _checked(passed=False),
        "request.granted": _granted,
    }
)
