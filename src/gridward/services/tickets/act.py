"""Operations on a ticket: judged once under its lock against how it stands now, answered the same for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Role, ticket_fields
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refusal, Unavailable
from gridward.domain.evidence import PhotoKind
from gridward.domain.tickets.step import Moment
from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent, Status
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line
from gridward.persistence.tickets import history
from gridward.persistence.writes import Writes
from gridward.services.evidence import proving, showing
from gridward.services.tickets.bringing import Brought, bring
from gridward.services.tickets.case import Case, acting_as, named, save, subject_of
from gridward.services.tickets.chance import draw
from gridward.services.tickets.following import follow
from gridward.services.tickets.opening import opened

DONE, CONFLICT, ILLEGAL = 200, 409, 422
"""The three answers that are stored and final, in the words of HTTP because phones keep them so."""

SENT_ON = frozenset({Intent.NOTE, Intent.ADD_PHOTO, Intent.RATE})
"""What goes to the ticket that this one was merged into; any other step is told where that is."""

OPERATIONS = frozenset(intent for status, intent in LIFECYCLE if status is not None) - {
    Intent.JOIN,
    Intent.PART,
    Intent.TAKE_TURN,
    Intent.CHILD_ENDED,
    Intent.FINISH_SPLIT,
    Intent.RETURN_TO_SPLIT,
    Intent.SUSPEND,
    Intent.CHANGE_SUSPENSION,
}
"""What may be sent; the rest follows from acts elsewhere."""

DESK = frozenset({Role.dispatcher.value, Role.shift_leader.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an operation. ``status`` 200, 409 or 422; ``body`` as sent and stored, also for a repeat."""

    status: int
    body: Mapping[str, Any]
    made: bool


async def act(
    session: WriteSession,
    actor: Actor,
    ticket_id: UUID,
    op_id: UUID,
    envelope: sync.OperationEnvelope,
    now: datetime,
    chance: float | None = None,
) -> Answer:
    """Do what somebody wants done to a ticket, or say why not.

    Args:
        ticket_id: Of the ticket, or of a report that was joined to one.
        chance: The draw of the random check on the spot, [0, 1); made here when None.

    Raises:
        NotFound: ``ticket_unknown``.
        Conflict: ``id_taken``: the operation's id with other content, or somebody else's.
        Forbidden: not this person, not (any more) on this ticket; nothing is stored.
        Malformed: ``photos_missing``. Refusal: ``predecessor_unanswered``. Both pass by themselves; nothing is stored.
    """
    found = await history.kin_of_address(session, ticket_id)
    cases = {} if found is None else await opened(session, found[1] | _named(envelope))
    case = None if found is None else cases.get(found[0])
    if case is None or case.jurisdiction_id != actor.jurisdiction_id or actor.person_id is None:
        raise NotFound("ticket_unknown")
    known = await history.operation(session, op_id)
    if known is not None:
        return _again(known, actor, envelope)
    await _complete(session, cases, case)
    target = case.state.merged_into
    if target is not None and envelope.type in SENT_ON:
        case = cases[target]
    await _check_right(session, case, actor, envelope)
    if envelope.after is not None and not await _predecessor_done(session, actor, envelope.after):
        refused = {"code": "predecessor_refused", "facts": {"after": str(envelope.after)}, "current": _standing(case)}
        return await _store(session, case, actor, op_id, envelope, now, CONFLICT, refused)

    brought: Brought | None = None
    try:
        intent = _intent(envelope.type)
        brought = await bring(session, actor, case, intent, envelope, now)
        await _step(session, cases, case, actor, op_id, intent, envelope, brought, now, chance)
    except (Forbidden, Malformed, Conflict, Refusal, NotFound) as refusal:
        if isinstance(refusal, Forbidden) or refusal.code == "photos_missing":
            raise
        return await _refuse(session, cases, case, actor, op_id, envelope, brought, refusal, now)

    answer = await _store(session, case, actor, op_id, envelope, now, DONE, _standing(case))
    writes = Writes()
    proving.tie(writes, actor, brought.photos, ticket_id=case.ticket_id, operation_id=op_id, now=now)
    await save(session, list(cases.values()), now=now, writes=writes)
    if intent is Intent.HIDE_PHOTO:
        for sha256 in brought.raw.get("photos", ()):
            await showing.hide(session, actor, ticket_id=case.ticket_id, sha256=sha256, now=now)
    return answer


async def _complete(session: WriteSession, cases: dict[UUID, Case], case: Case) -> None:
    """The ticket may have been merged or split since its kin were asked for and before it was locked: then more is needed.

    Raises:
        Unavailable: ``ticket.busy``: somebody holds what is missing, and waiting for it while holding this one could be
            for ever. The next attempt finds everything.
    """
    state = case.state
    kin = {state.merged_into, state.parent_id, *(child.child_id for child in state.children)} - {None, *cases}
    if kin:
        more = await opened(session, {one for one in kin if one is not None}, waiting=False)
        if kin - more.keys():
            raise Unavailable("ticket.busy")
        cases |= more


def _named(envelope: sync.OperationEnvelope) -> frozenset[UUID]:
    """The ticket that a merge goes into: it is locked with the others."""
    into = envelope.body.get("into") if envelope.type == Intent.MERGE else None
    try:
        return frozenset() if into is None else frozenset({UUID(str(into))})
    except ValueError:
        return frozenset()


def _again(known: Line, actor: Actor, envelope: sync.OperationEnvelope) -> Answer:
    same = known.jurisdiction_id == actor.jurisdiction_id and known.actor_id == actor.person_id
    sync.check_repeat(known.digest, envelope.digest, same_sender=same)
    return Answer(status=known.status, body=known.answer, made=False)


async def _check_right(session: WriteSession, case: Case, actor: Actor, envelope: sync.OperationEnvelope) -> None:
    """Whether this person may know of the ticket at all, now or at the time of the assignment that was on screen."""
    if ticket_fields(actor, subject_of(case, more_units=_ordered(case, envelope.type))):
        return
    if await _former_unit(session, case, actor, envelope) is None:
        raise Forbidden("not_permitted", action="ticket:read")


def _ordered(case: Case, intent: str) -> frozenset[UUID]:
    """The units that have an order to answer: for that they need not have the ticket any more."""
    units = case.state.orders.values() if intent == Intent.ANSWER_SUPERVISION else ()
    return frozenset(unit_id for unit_id in units if unit_id is not None)


async def _former_unit(
    session: WriteSession, case: Case, actor: Actor, envelope: sync.OperationEnvelope
) -> UUID | None:
    """The actor's unit that had the ticket under the assignment that the sender saw, and has it no longer."""
    seen = envelope.seen.assignment_id
    if seen is None or seen == case.state.assignment_id or not actor.unit_ids:
        return None
    unit_id = await history.unit_of_assignment(session, case.ticket_id, seen)
    return unit_id if unit_id in actor.unit_ids else None


async def _predecessor_done(session: WriteSession, actor: Actor, after: UUID) -> bool:
    """Whether the operation that this one builds on was done. Raises Refusal while it has no answer."""
    before = await history.operation(session, after)
    if before is None or before.actor_id != actor.person_id:
        raise Refusal("predecessor_unanswered", after=str(after))
    return bool(before.status == DONE)


def _intent(word: str) -> Intent:
    if word not in OPERATIONS:
        raise Malformed("operation_unknown")
    return Intent(word)


async def _step(
    session: WriteSession,
    cases: dict[UUID, Case],
    case: Case,
    actor: Actor,
    op_id: UUID,
    intent: Intent,
    envelope: sync.OperationEnvelope,
    brought: Brought,
    now: datetime,
    chance: float | None,
) -> None:
    former = await _former_unit(session, case, actor, envelope)
    subject = subject_of(case, more_units=_ordered(case, intent) | ({former} if former else set()))
    acting = acting_as(actor, subject)
    moment = Moment(
        now=now,
        operation_id=op_id,
        clock=envelope.clock,
        sending=envelope.sending,
        seen=envelope.seen,
        draw=draw() if chance is None else chance,
    )
    body = named(case, intent, brought.body, author=actor.person_id, now=now)
    case.step(intent, body, acting, moment)
    case.place |= brought.place
    if intent is Intent.HIDE_PHOTO and case.row is not None and case.row.photo_sha256 in brought.raw["photos"]:
        case.place["photo_sha256"] = None
    settles = intent not in SENT_ON or not case.state.is_open
    if case.row is not None and case.row.conflict and acting.roles & DESK and settles:
        case.place["conflict"] = False
    if set(brought.body.get("parallel") or ()) & brought.body.values.keys():
        case.place["conflict"] = True
    await follow(session, cases, case, intent, body, acting, moment)


def _standing(case: Case) -> dict[str, Any]:
    """How the ticket stands, for somebody who may know: what the next operation must have seen."""
    state = case.state
    return {
        "ticket_id": str(case.ticket_id),
        "version": state.version,
        "status": state.status.value,
        "assignment_id": str(state.assignment_id) if state.assignment_id else None,
        "resolution_id": str(state.resolution_id) if state.resolution_id else None,
        "merged_into_id": str(state.merged_into) if state.merged_into else None,
    }


async def _refuse(
    session: WriteSession,
    cases: Mapping[UUID, Case],
    case: Case,
    actor: Actor,
    op_id: UUID,
    envelope: sync.OperationEnvelope,
    brought: Brought | None,
    refusal: Refusal,
    now: datetime,
) -> Answer:
    """Store the refusal; proof that came with a step that is too late is kept, and the desk has it to settle."""
    for one in cases.values():
        one.forget()
    illegal = isinstance(refusal, Malformed | NotFound)
    readable = bool(ticket_fields(actor, subject_of(case)))
    body = {
        "code": refusal.code,
        "facts": dict(refusal.facts),
        "current": _standing(case) if readable else {"ticket_id": str(case.ticket_id)},
    }
    photos: Sequence[proving.Attached] = brought.photos if brought is not None and not illegal else ()
    besides: list[Deed] = []
    if isinstance(refusal, Conflict) and envelope.type in WORK:
        besides.append(_conflict(case, actor, op_id, envelope, refusal, photos, now))
        overtaken = refusal.code in STALE or case.state.status is Status.CANCELLED
        if case.row is not None and not case.row.conflict and overtaken:
            await history.change_ticket(session, case.ticket_id, {"conflict": True, "tray_reason": "conflict"})
    answer = await _store(session, case, actor, op_id, envelope, now, ILLEGAL if illegal else CONFLICT, body)
    writes = Writes()
    proving.tie(writes, actor, photos, ticket_id=case.ticket_id, operation_id=op_id, now=now, kind=PhotoKind.proof)
    await save(session, [case], now=now, besides=besides, writes=writes)
    return answer


STALE = frozenset({"ticket.stale_assignment", "ticket.stale_resolution"})
"""Refusals that leave something to settle: the work was done, but it was somebody else's by then."""

WORK = frozenset({Intent.ARRIVE, Intent.REACH, Intent.RESOLVE, Intent.VERIFY, Intent.REWORK})
"""Steps done on the spot: when they come too late, what was done there is still true."""


def _conflict(
    case: Case,
    actor: Actor,
    op_id: UUID,
    envelope: sync.OperationEnvelope,
    refusal: Refusal,
    photos: Sequence[proving.Attached],
    now: datetime,
) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb="operation.conflicted",
        subject="ticket",
        subject_id=case.ticket_id,
        ticket_id=case.ticket_id,
        occurred_at=now,
        recorded_at=now,
        detail={
            "operation_id": str(op_id),
            "intent": envelope.type,
            "code": refusal.code,
            "photos": [photo.sha256 for photo in photos],
        },
    )


async def _store(
    session: WriteSession,
    case: Case,
    actor: Actor,
    op_id: UUID,
    envelope: sync.OperationEnvelope,
    now: datetime,
    status: int,
    said: Mapping[str, Any],
) -> Answer:
    answer = {"op_id": str(op_id), "digest": envelope.digest, **said}
    stored = await history.add_operation(
        session,
        {
            "op_id": op_id,
            "jurisdiction_id": case.jurisdiction_id,
            "ticket_id": case.ticket_id,
            "actor_id": actor.person_id,
            "digest": envelope.digest,
            "type": envelope.type,
            "after_id": envelope.after,
            "status": status,
            "answer": answer,
            "clock": envelope.clock.as_json(),
            "received_at": now,
        },
    )
    if not stored:
        raise Conflict("id_taken")
    return Answer(status=status, body=answer, made=True)
