"""The clocks of a ticket explained (计时明细), and in whose hands its time was."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gridward.domain.errors import Forbidden
from gridward.domain.sla.ledger import Ledger, sent_late
from gridward.domain.standards_emergencies import Emergency
from gridward.domain.statements import SaidWay
from gridward.persistence.database import ReadSession
from gridward.persistence.standards.emergencies import emergencies
from gridward.persistence.statements import queries as statements
from gridward.persistence.statements.rows import ExplanationRow
from gridward.services.tickets import auditing
from gridward.services.tickets.read import Folded, folded, times
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.sla_approving import Approvals, ApprovedOut, approvals
from gridward.web.tickets.reading import answer, found
from gridward.web.tickets.shapes import fields_for

router = APIRouter(tags=["sla"])


class StretchOut(BaseModel):
    """A stretch that counted or did not. ``basis``: the request, suspension or operation behind a pause; ``approved``:
    who granted it, where somebody did."""

    from_: datetime = Field(alias="from")
    to: datetime
    counted: bool
    span_s: float
    why: str
    note: str | None
    over: bool
    basis: str | None
    approved: ApprovedOut | None


class ExtendedBy(BaseModel):
    """More of the limit, as the standard writes spans (``1wd``), and who gave it."""

    by: str
    approved: ApprovedOut | None


class ExplainedOut(BaseModel):
    """What the unit said beside a breach (情况说明). ``said_by``, ``way``: where a supervisor entered it for the unit."""

    words: str
    at: datetime
    said_by: str | None
    way: SaidWay | None


class DueMoved(BaseModel):
    at: datetime
    why: str
    from_due_at: datetime | None
    to_due_at: datetime | None


class SentLateOut(BaseModel):
    """The step that stopped the clock was sent after it was done (补传). ``why``: why less of it counts; what was
    ``capped`` a supervisor may let count (``accept_late`` with this ``operation_id``).
    """

    operation_id: UUID
    captured_at: datetime
    counted_at: datetime
    received_at: datetime
    why: str | None
    accepted_at: datetime | None


class ClockOut(BaseModel):
    """One clock. ``counted_s`` is the sum of the stretches that counted, ``limit_s`` what is allowed with extensions."""

    clock: str
    key: str
    label: str | None
    round: int
    number: int | None
    limit: str
    basis: str | None
    binding: str | None
    started_at: datetime
    due_at: datetime | None
    first_due_at: datetime | None
    stopped_at: datetime | None
    final: bool
    state: str
    breached_at: datetime | None
    lifted_at: datetime | None
    exempt: bool
    provisional: bool
    stretches: list[StretchOut]
    moves: list[DueMoved]
    extensions: list[ExtendedBy]
    explanation: ExplainedOut | None
    counted_s: float
    limit_s: float | None
    late: SentLateOut | None


class InHands(BaseModel):
    """``who``: platform, unit, verifier, reporter, suspended."""

    who: str
    span_s: float


class StandardOfTicket(BaseModel):
    """The version that the ticket pins. ``applied``: what made it go before the general one when it was filed:
    ``emergency`` (with its period and notice), ``area`` (a code), ``community_type``; null: the general standard.
    """

    standard_id: UUID
    name: str
    version: int
    applied: str | None
    which: str | None
    area_class: str | None
    from_at: datetime | None
    until_at: datetime | None
    notice: str | None


class DifferenceOut(BaseModel):
    """Something stored that the entries do not give; normally there is none. ``clock`` null: of the ticket itself."""

    clock: str | None
    field: str
    stored: str
    recomputed: str


class LedgerOut(BaseModel):
    """Every clock, and whose the time was; the spans add up to ``age_s``.

    All of it was recomputed from the entries for this answer; ``differences`` are to what is stored and was shown.
    """

    standard: StandardOfTicket | None
    clocks: list[ClockOut]
    whose_time: list[InHands]
    age_s: float
    recomputed_at: datetime
    differences: list[DifferenceOut]


@router.get("/tickets/{ticket_id}/ledger", response_model=LedgerOut)
async def get_ledger(session: Read, actor: CurrentActor, now: Now, ticket_id: UUID) -> Response:
    """The ledger of every clock of a ticket as of now. 403 ``not_permitted`` for whoever may not see its clocks."""
    row = await found(session, actor, ticket_id)
    fields = fields_for(actor)(row)
    if "ledger" not in fields:
        raise Forbidden("not_permitted", action="ticket:read_clocks")
    what = await folded(session, row.jurisdiction_id, row.ticket_id)
    read = times(what, now)
    approved = await approvals(session, read.ledgers, named="internal_notes" in fields)
    said = await statements.explained(session, [row.ticket_id]) if "unit_notes" in fields else {}
    return answer(
        {
            "standard": await _standard(session, row.jurisdiction_id, what),
            "clocks": [
                _clock(one, what, approved, said.get((row.ticket_id, one.clock.key)), now) for one in read.ledgers
            ],
            "whose_time": [{"who": hand.value, "span_s": _s(span)} for hand, span in read.whose.items()],
            "age_s": _s(read.age),
            "recomputed_at": now,
            "differences": await _differences(session, row.jurisdiction_id, row.ticket_id, now),
        }
    )


async def _differences(
    session: ReadSession, jurisdiction_id: UUID, ticket_id: UUID, now: datetime
) -> list[dict[str, Any]]:
    page = await auditing.read(session, jurisdiction_id, [ticket_id])
    found = [one for ticket in page.tickets for one in auditing.differences(ticket, page.terms, now)]
    return [
        {"clock": one.clock, "field": one.field, "stored": str(one.stored), "recomputed": str(one.recomputed)}
        for one in found
    ]


async def _standard(session: ReadSession, jurisdiction_id: UUID, what: Folded) -> dict[str, Any] | None:
    first = what.facts[0].detail if what.facts else {}
    if "standard_id" not in first:
        return None
    standard = what.terms.standard(first["standard_id"])
    applied, _, which = (first.get("applied") or "").partition(":")
    told: Emergency | None = None
    if applied == "emergency":
        found = await emergencies(session, jurisdiction_id)
        told = next((one for one in found if str(one.emergency_id) == which), None)
    return {
        "standard_id": standard.standard_id,
        "name": standard.name.zh,
        "version": standard.version,
        "applied": applied or None,
        "which": which or None,
        "area_class": what.ticket.state.area_class,
        "from_at": told.starts_at if told else None,
        "until_at": told.over_at if told else None,
        "notice": told.notice or None if told else None,
    }


def _s(span: timedelta) -> float:
    return span.total_seconds()


def _clock(
    one: Ledger, what: Folded, approved: Approvals, said: ExplanationRow | None, now: datetime
) -> dict[str, Any]:
    clock = one.clock
    late = sent_late(clock, what.facts)
    condition = what.terms.condition(clock.standard_id, clock.condition_id)
    stage = next((m for m in (condition.milestones if condition else ()) if m.number == clock.number), None)
    return {
        "clock": clock.kind.value,
        "key": clock.key,
        "label": stage.name if stage else None,
        "round": clock.round,
        "number": clock.number,
        "limit": clock.limit.words,
        "basis": f"{one.basis.document} {one.basis.clause}".strip() if one.basis else None,
        "binding": one.basis.binding.value if one.basis else None,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "first_due_at": clock.first_due_at,
        "stopped_at": clock.stopped_at,
        "final": clock.final,
        "state": clock.state(now).value,
        "breached_at": clock.breached_at if clock.breached else None,
        "lifted_at": clock.lifted_at,
        "exempt": clock.exempt,
        "provisional": clock.provisional,
        "stretches": [
            {
                "from": line.start,
                "to": line.end,
                "counted": line.counted,
                "span_s": _s(line.span),
                "why": line.why,
                "note": line.note,
                "over": line.over,
                "basis": line.basis,
                "approved": approved.get(line.basis or ""),
            }
            for line in one.lines
        ],
        "moves": [
            {"at": move.at, "why": move.why, "from_due_at": move.from_due, "to_due_at": move.to_due}
            for move in one.changes
        ],
        "extensions": [{"by": more.limit.words, "approved": approved.get(more.basis)} for more in clock.extensions],
        "explanation": None
        if said is None
        else {"words": said.words, "at": said.made_at, "said_by": said.said_by, "way": said.way},
        "counted_s": _s(one.counted),
        "limit_s": None if one.span is None else _s(one.span),
        "late": None if late is None else asdict(late),
    }
