"""One step about to be judged: everything a rule may ask, and how it writes its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from gridward.domain.errors import Conflict, Malformed, Refusal
from gridward.domain.facts import Fact, write_instant
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.counted import LATE_FROM, Counted, Credit, counted_at
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import Condition, Evidence, Standard
from gridward.domain.sync import PhoneClock, Seen, Sending
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.state import Assignment, Request, TicketState
from gridward.domain.tickets.table import Touch, Transition
from gridward.domain.tickets.words import Intent, RequestKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts, as far as the rules of a ticket must know.

    Args:
        person_id: None: the program (rules, sweep).
        may: The actions that the policy table allows this person *on this ticket*.
        unit_ids: Units that the person works for or leads.
        roles: For the table of who grants what.
    """

    person_id: UUID | None
    may: frozenset[str]
    via: str = "app"
    unit_ids: frozenset[UUID] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and how a step arrives.

    Args:
        now: The server's time of receipt.
        operation_id: Becomes the id of what the step makes (assignment, resolution, request, order).
        clock, sending: The phone's word; None: the step was made now.
        seen: What the sender had on screen; None: nothing to compare (the program, a test).
        draw: A number in [0, 1) from the edge that decides the random checks on the spot.
    """

    now: datetime
    operation_id: UUID
    clock: PhoneClock | None = None
    sending: Sending | None = None
    seen: Seen | None = None
    draw: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that is in the table and permitted; whether it is right is for the rule of its intent."""

    state: TicketState
    transition: Transition
    body: Body
    acting: Acting
    moment: Moment
    terms: Terms
    clocks: Clocks = field(default_factory=Clocks)

    @property
    def intent(self) -> Intent:
        return self.transition.intent

    @property
    def standard(self) -> Standard:
        return self.terms.standard(self.state.standard_id)

    @property
    def condition(self) -> Condition | None:
        return self.terms.condition(self.state.standard_id, self.state.condition_id)

    @property
    def assignment(self) -> Assignment:
        if self.state.assignment is None:
            raise Conflict("ticket.no_unit")
        return self.state.assignment

    @property
    def by_the_unit(self) -> bool:
        """Whether somebody of the unit acts, not the desk for it."""
        return self.state.assignment is not None and self.state.assignment.unit_id in self.acting.unit_ids

    @property
    def resolve_clock(self) -> Clock | None:
        """The clock that judges the unit's work now."""
        return self.clocks.judging

    def request(self, kind: RequestKind) -> Request:
        """The open request that the body names. Raises: Conflict: ``request.not_open``."""
        request = self.state.request(kind)
        if request is None or str(request.request_id) != self.body.get("request_id"):
            raise Conflict("request.not_open", kind=kind, open=str(request.request_id) if request else None)
        return request

    def counted(self) -> Counted:
        """The counted time: of a unit's or a verifier's own step when it was done, of any other when it was received."""
        moment, terms, resolution = self.moment, self.standard.terms, self.state.resolution
        not_before, credit = moment.now, None
        if self.transition.by_unit and self.by_the_unit:
            not_before, credit = self.assignment.assigned_at, self._credit()
        elif self.intent in (Intent.VERIFY, Intent.REWORK) and resolution is not None:
            not_before = resolution.received_at
        else:
            return Counted(at=moment.now)
        return counted_at(
            moment.clock,
            moment.sending,
            moment.now,
            not_before=not_before,
            late_limit=terms.late_limit,
            credit=credit,
        )

    def _credit(self) -> Credit | None:
        clock = self.resolve_clock
        if clock is None:
            return None
        return Credit(span=self.standard.terms.offline_credit, measure=self.terms.measure(clock))

    def fact(self, *, moves: bool = True, verb: str | None = None, counted: Counted | None = None, **more: Any) -> Fact:
        """A fact of this step: the body's values, ids of its words, and the status where the table moves it."""
        at = counted or Counted(at=self.moment.now)
        target = self.transition.target if moves else None
        detail: dict[str, Any] = {"intent": self.intent.value, "operation_id": str(self.moment.operation_id)}
        if target is not None and target is not self.transition.source:
            detail["status"] = target.value
        if any(touch in (Touch.START, Touch.RUN_ON) for touch, _ in self.transition.clocks):
            detail["calendars"] = dict(self.terms.current)
        detail |= self.body.values
        if self.body.refs:
            detail["texts"] = dict(self.body.refs)
        detail |= _late(at, self.moment.now)
        detail |= {name: _plain(value) for name, value in more.items() if value is not None}
        return Fact(
            verb=verb or self.transition.verb,
            occurred_at=at.at,
            recorded_at=self.moment.now,
            actor_id=self.acting.person_id,
            via=self.acting.via,
            detail=detail,
        )

    def side(self, verb: str, at: datetime | None = None, **detail: Any) -> Fact:
        """A fact that follows from the step without being it."""
        named = {"intent": self.intent.value, "operation_id": str(self.moment.operation_id)}
        return Fact(
            verb=verb,
            occurred_at=at or self.moment.now,
            recorded_at=self.moment.now,
            actor_id=self.acting.person_id,
            via=self.acting.via,
            detail=named | {name: _plain(value) for name, value in detail.items() if value is not None},
        )

    def lapsed(self, *kinds: RequestKind) -> tuple[Fact, ...]:
        """Open requests of these kinds that this step overtakes."""
        return tuple(
            self.side("request.lapsed", request_id=request.request_id, kind=request.kind)
            for request in self.state.requests
            if request.kind in kinds
        )

    def must_bring(self, *evidence: Evidence) -> None:
        """Raises: Malformed: ``evidence.missing`` with what the condition asks for."""
        missing = [item.value for item in evidence if not any(self.body.has(name) for name in _PROOFS[item])]
        if missing:
            raise Malformed("evidence.missing", intent=self.intent, needs=missing)

    def require(self, fulfilled: bool, code: str, **facts: Any) -> None:
        """Raises: Refusal: ``code``, unless ``fulfilled``."""
        if not fulfilled:
            raise Refusal(code, **facts)

    def known_reason(self, kind: RequestKind) -> None:
        """Raises: Malformed: ``reason.unknown`` where the standard has a list that does not hold it."""
        reasons = [reason.code for reason in self.standard.reasons.get(kind, ())]
        if reasons and self.body.get("reason") not in reasons:
            raise Malformed("reason.unknown", kind=kind, reasons=reasons)


_PROOFS: Mapping[Evidence, tuple[str, ...]] = {
    Evidence.PHOTO: ("photos",),
    Evidence.AFTER_PHOTO: ("photos",),
    Evidence.POSITION: ("lon",),
    Evidence.ANSWER: ("answer",),
    Evidence.FORM: ("photos", "form"),
}


def _late(counted: Counted, now: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if counted.captured_at is not None:
        said["captured_at"] = write_instant(counted.captured_at)
        if now - counted.captured_at > LATE_FROM:
            said["late"] = True
    if counted.why is not None:
        said["counted_why"] = counted.why
    return said


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value
