"""Rules of the unit's and the verifier's steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gridward.domain.errors import Conflict, Forbidden, Malformed
from gridward.domain.facts import Fact
from gridward.domain.standards import Evidence, Verification
from gridward.domain.tickets.step import Step
from gridward.domain.tickets.words import LINK, Intent, RequestKind, Status

Facts = tuple[Fact, ...]


def _of_unit(step: Step) -> dict[str, Any]:
    """Whose step it was, and whether the desk took it for the unit (代办)."""
    named = {"unit_id": step.assignment.unit_id, "assignment_id": step.assignment.assignment_id}
    return {**named, **on_behalf(by_the_unit=step.by_the_unit)}


def on_behalf(*, by_the_unit: bool) -> dict[str, Any]:
    """What a fact says of a step that the desk took for a unit."""
    return {} if by_the_unit else {"on_behalf": True}


PROOF_FOR_UNIT = ("photos", "call")
"""What the desk brings when it acts for a unit: a picture that the unit sent, or the note of a call."""


def told_by_unit(step: Step, *, by_the_unit: bool | None = None) -> None:
    """Somebody acts for a unit that never signs in (代办): who of the unit said so, and what proves it.

    By the one-case link (单案链接) somebody of the unit itself is there: then a position proves as much as a picture.

    Args:
        by_the_unit: Where it is not the unit on duty whose step this is.
    """
    if step.by_the_unit if by_the_unit is None else by_the_unit:
        return
    if not step.body.has("taken_by"):
        raise Malformed("body.missing", intent=step.intent, field="taken_by")
    proofs = ("photos", "lon") if step.acting.via == LINK else PROOF_FOR_UNIT
    if not any(step.body.has(name) for name in proofs):
        raise Malformed("body.needs_one_of", intent=step.intent, fields=list(proofs))


def _hand_to(step: Step) -> Facts:
    return (step.fact(**_of_unit(step)),)


def _acknowledge(step: Step) -> Facts:
    told_by_unit(step)
    return (step.fact(counted=step.counted(), **_of_unit(step)),)


def _resume(step: Step) -> Facts:
    """The unit, an approver or the program; it runs on from the receipt, since nobody could know before."""
    return (step.fact(),)


def _taken_first(step: Step) -> Facts:
    """Arriving or being done says that the ticket was taken, if nobody had said so."""
    if step.transition.source is not Status.ASSIGNED or step.assignment.acknowledged:
        return ()
    return (step.side("ticket.acknowledged", step.counted().at, implied=True, **_of_unit(step)),)


def _arrive(step: Step) -> Facts:
    """A unit shows that it is there; a call counts only where the desk notes it."""
    told_by_unit(step)
    shown = ("lon", "photos")
    if step.by_the_unit and not any(step.body.has(name) for name in shown):
        raise Malformed("body.needs_one_of", intent=step.intent, fields=list(shown))
    return (*_taken_first(step), step.fact(counted=step.counted(), marks=_far(step), **_of_unit(step)))


def _far(step: Step) -> list[str] | None:
    """Farther from the place than near, with the position's own doubt: marked, never refused."""
    marks = list(step.body.get("marks") or ())
    distance = step.body.get("distance_m")
    if distance is not None and distance > step.standard.terms.near_m + (step.body.get("accuracy_m") or 0.0):
        marks.append("far")
    return marks or None


def _reach(step: Step) -> Facts:
    condition, number = step.condition, step.body.get("number")
    milestone = next((m for m in (condition.milestones if condition else ()) if m.number == number), None)
    if milestone is None:
        raise Malformed("milestone.unknown", number=number)
    if number in step.assignment.reached:
        raise Conflict("milestone.reached_already", number=number)
    told_by_unit(step)
    step.must_bring(*_brought_by_whom(step, milestone.proof))
    return (step.fact(counted=step.counted(), **_of_unit(step)),)


def _way(step: Step) -> tuple[Verification, str]:
    """How "done" is to be checked, and why so: on the spot for urgent kinds, after a rework, where the desk has only
    heard of it and there is no picture to compare, and for a random share."""
    condition = step.condition
    usual = condition.verification if condition else Verification.SPOT
    if condition is not None and condition.urgent:
        return Verification.SPOT, "urgent"
    if step.state.reworks:
        return Verification.SPOT, "rework"
    if usual is Verification.DESK and not step.by_the_unit and not step.body.has("photos"):
        return Verification.SPOT, "no_photo"
    if usual is not Verification.SPOT and step.moment.draw < step.standard.terms.spot_share:
        return Verification.SPOT, "drawn"
    return usual, "condition"


def _brought_by_whom(step: Step, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What must be brought of this. Whoever notes a unit's call has no picture of the place, and no position there either."""
    if step.by_the_unit:
        return evidence
    heard_only = step.body.has("call") and not step.body.has("photos")
    excused = {Evidence.POSITION} | ({Evidence.PHOTO, Evidence.AFTER_PHOTO} if heard_only else set())
    return tuple(one for one in evidence if one not in excused)


def _resolve(step: Step) -> Facts:
    told_by_unit(step)
    if step.condition is not None:
        step.must_bring(*_brought_by_whom(step, step.condition.closing_evidence))
    way, why = _way(step)
    fact = step.fact(
        counted=step.counted(),
        resolution_id=step.moment.operation_id,
        way=way.value,
        way_why=why,
        marks=_far(step),
        **_of_unit(step),
    )
    return (*_taken_first(step), fact, *step.lapsed(RequestKind.SEND_BACK))


def _never_by_a_unit_of_the_ticket(step: Step) -> None:
    if step.acting.unit_ids & step.state.unit_ids:
        raise Forbidden("verify.own_unit")


def _verify(step: Step) -> Facts:
    """On the spot always suffices; at the desk and by phone only where the check on the spot is not due."""
    _never_by_a_unit_of_the_ticket(step)
    resolution, way = step.state.resolution, step.body.get("way")
    required = resolution.way if resolution else Verification.SPOT
    step.require(way in (required, Verification.SPOT), "verify.way", required=required)
    match way:
        case Verification.SPOT:
            brought = step.body.has("photos")
        case Verification.PHONE:
            brought = step.body.has("call")
        case _:
            brought = resolution is not None and resolution.has_photo
    if not brought:
        raise Malformed(
            "evidence.missing", intent=step.intent, needs=["call" if way == Verification.PHONE else "photo"]
        )
    return (step.fact(counted=step.counted(), marks=_far(step), resolution_id=step.state.resolution_id),)


def _rework(step: Step) -> Facts:
    """The unit has it again, under a new assignment: what it sent before is recognised as stale."""
    _never_by_a_unit_of_the_ticket(step)
    assignment = step.assignment
    fact = step.fact(
        counted=step.counted(),
        marks=_far(step),
        resolution_id=step.state.resolution_id,
        unit_id=assignment.unit_id,
        unit_kind=assignment.unit_kind,
        assignment_id=step.moment.operation_id,
    )
    return (fact,)


def _accept_late(step: Step) -> Facts:
    """A supervisor lets late-sent work count from when it was done, beyond the credit."""
    operation_id = step.body.uuid("operation_id")
    captured_at = step.state.late_work.get(operation_id) if operation_id else None
    if captured_at is None:
        raise Conflict("late_work.unknown")
    fact = step.side(
        step.transition.verb, late_operation_id=operation_id, counted_at=captured_at, texts=dict(step.body.refs) or None
    )
    return (fact,)


RULES: Mapping[Intent, Callable[[Step], Facts]] = MappingProxyType(
    {
        Intent.HAND_TO: _hand_to,
        Intent.RESUME: _resume,
        Intent.ACKNOWLEDGE: _acknowledge,
        Intent.ARRIVE: _arrive,
        Intent.REACH: _reach,
        Intent.RESOLVE: _resolve,
        Intent.VERIFY: _verify,
        Intent.REWORK: _rework,
        Intent.ACCEPT_LATE: _accept_late,
    }
)
