"""A ticket in a writer's hands: its facts, what was added to them, and how that becomes rows, entries and changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Subject, may
from gridward.domain.entries import Deed
from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clocks
from gridward.domain.sla.sweep import next_step_at
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets import act as acting_on
from gridward.domain.tickets.apply import apply
from gridward.domain.tickets.audiences import audiences
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.decide import Acting, Moment
from gridward.domain.tickets.state import TicketState
from gridward.domain.tickets.table import ACTIONS
from gridward.domain.tickets.words import Intent, RequestKind
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.tickets import history
from gridward.services.tickets.projection import clock_values, ticket_values, tray_reason

SALT_BYTES = 16


@dataclass(slots=True, kw_only=True)
class Case:
    """One ticket while a transaction works on it.

    ``row`` is the locked row (None: the ticket is being founded); ``place`` are columns that no fact carries and that
    this transaction changes; ``routing`` is why the unit was chosen, kept with the next assignment.
    """

    ticket_id: UUID
    jurisdiction_id: UUID
    terms: Terms
    row: history.Line | None = None
    old: tuple[Fact, ...] = ()
    new: tuple[Fact, ...] = ()
    state: TicketState | None = None
    clocks: Clocks = field(default_factory=Clocks)
    place: dict[str, Any] = field(default_factory=dict)
    routing: Mapping[str, Any] | None = None
    extra: list[Deed] = field(default_factory=list)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return (*self.old, *self.new)

    @property
    def now_is(self) -> TicketState:
        """The state of a ticket that is there.

        Raises:
            RuntimeError: asked before the ticket was founded; a fault of the program.
        """
        if self.state is None:
            raise RuntimeError("the ticket has no facts yet")
        return self.state

    def take(self, outcome: acting_on.Outcome) -> None:
        """Add what happened."""
        self.new += outcome.facts
        self.state, self.clocks = outcome.state, outcome.clocks

    def step(self, intent: Intent, body: Body, acting: Acting, moment: Moment) -> None:
        """Do one step by the rules of the lifecycle. Raises as ``domain/tickets/decide``."""
        self.take(acting_on.act(self.facts, intent, body, acting, moment, self.terms))


def subject_of(case: Case, *, more_units: Iterable[UUID] = ()) -> Subject:
    """The ticket as the policy knows it."""
    state = case.now_is
    held = {state.assignment.unit_id} if state.assignment else set()
    return Subject(
        jurisdiction_id=case.jurisdiction_id,
        owner_ids=state.reporter_ids,
        grid_id=state.grid_id,
        community_id=case.place.get("community_id", case.row.community_id if case.row else None),
        unit_ids=frozenset(held | set(more_units)),
    )


def acting_as(actor: Actor, subject: Subject) -> Acting:
    """The actor with every right of the policy table that holds for this subject."""
    return Acting(
        person_id=actor.person_id,
        via=actor.via,
        may=frozenset(action for action in ACTIONS if may(actor, action, subject)),
        unit_ids=actor.unit_ids,
    )


def named(
    body: Body, intent: Intent, *, case: Case, author: UUID | None, now: datetime, report_id: UUID | None = None
) -> tuple[Body, list[dict[str, Any]]]:
    """The body with ids in place of words, and the rows that hold the words."""
    rows, refs = [], {}
    for name, words in body.words.items():
        text_id, salt = new_id(), secrets.token_bytes(SALT_BYTES)
        refs[name] = {"text_id": str(text_id), "digest": sync.salted_digest(words, salt)}
        rows.append(
            {
                "text_id": text_id,
                "jurisdiction_id": case.jurisdiction_id,
                "ticket_id": case.ticket_id,
                "report_id": report_id,
                "author_id": author,
                "kind": f"{intent.value}.{name}",
                "audiences": list(audiences(intent, name, body.values)),
                "body": words,
                "salt": salt,
                "written_at": now,
            }
        )
    return body.named(refs), rows


async def save(session: WriteSession, cases: Sequence[Case], *, now: datetime) -> None:
    """Write what happened to these tickets: rows as the facts leave them, entries, changes. Untouched ones cost nothing.

    A founded ticket's own row is written by its founder before this.
    """
    deeds: list[Deed] = []
    touched: list[Touched] = []
    for case in cases:
        if case.new:
            await _project(session, case, now)
            deeds += _deeds(case)
            touched += _touched(case)
        deeds += case.extra
    if deeds:
        await record(session, deeds, jurisdiction_id=deeds_of(cases), touched=touched)


def deeds_of(cases: Sequence[Case]) -> UUID:
    """The jurisdiction of a transaction: one, always."""
    return cases[0].jurisdiction_id


def columns(case: Case, now: datetime) -> dict[str, Any]:
    """The row of the ticket as its facts leave it, with what this transaction knows besides."""
    state = case.now_is
    routing = case.routing
    values = ticket_values(state, case.clocks, case.terms, next_step_at=next_step_at(case.clocks, case.terms), now=now)
    conflict = bool(case.place.get("conflict", case.row.conflict if case.row else False))
    if routing is None and case.row is not None:
        routing = case.row.routing
    values["tray_reason"] = tray_reason(state, case.facts, routing, conflict=conflict)
    return {**values, **case.place} | ({"routing": case.routing} if case.routing is not None else {})


async def _project(session: WriteSession, case: Case, now: datetime) -> None:
    if case.row is not None:
        await history.change_ticket(session, case.ticket_id, columns(case, now))
    await history.put_clocks(
        session,
        [clock_values(case.ticket_id, case.jurisdiction_id, clock, case.terms) for clock in case.clocks.clocks],
    )
    state: TicketState | None = None
    for fact in case.old:
        state = apply(state, fact)
    for fact in case.new:
        before, state = state, apply(state, fact)
        await _assignment(session, case, before, state, fact)
        await _requests(session, case, before, state, fact)


async def _assignment(
    session: WriteSession, case: Case, before: TicketState | None, after: TicketState, fact: Fact
) -> None:
    was, now_is = (before.assignment if before else None), after.assignment
    if (was.assignment_id if was else None) != (now_is.assignment_id if now_is else None):
        if was is not None:
            await history.end_assignments(session, case.ticket_id, fact.recorded_at, fact.verb)
        if now_is is not None:
            await history.add_assignment(
                session,
                {
                    "assignment_id": now_is.assignment_id,
                    "jurisdiction_id": case.jurisdiction_id,
                    "ticket_id": case.ticket_id,
                    "unit_id": now_is.unit_id,
                    "worker_id": now_is.worker_id,
                    "by_rule": "by_rule" in fact.detail,
                    "assigned_at": now_is.assigned_at,
                    "routing": case.routing,
                },
            )
    elif now_is is not None and was is not None and now_is.worker_id != was.worker_id:
        await history.change_assignment(session, now_is.assignment_id, {"worker_id": now_is.worker_id})


OUTCOMES: Mapping[str, str] = {
    "request.granted": "granted",
    "request.refused": "refused",
    "request.withdrawn": "withdrawn",
    "ticket.sent_back": "granted",
    "ticket.reopened": "granted",
    "clock.exempted": "granted",
}
"""What a fact that ends a request makes of it; any other lets it lapse."""


async def _requests(
    session: WriteSession, case: Case, before: TicketState | None, after: TicketState, fact: Fact
) -> None:
    was = {request.request_id: request for request in before.requests} if before else {}
    now_is = {request.request_id: request for request in after.requests}
    for request_id in now_is.keys() - was.keys():
        request = now_is[request_id]
        await history.add_request(
            session,
            {
                "request_id": request_id,
                "jurisdiction_id": case.jurisdiction_id,
                "ticket_id": case.ticket_id,
                "kind": RequestKind(request.kind).value,
                "asked_by_id": request.actor_id,
                "asked_at": request.asked_at,
                "reason": fact.detail.get("reason"),
                "until_at": fact.instant("until"),
                "detail": dict(fact.detail),
            },
        )
    ended = was.keys() - now_is.keys()
    if ended:
        outcome = OUTCOMES.get(fact.verb, "lapsed")
        await history.decide_requests(session, ended, outcome=outcome, by=fact.actor_id, at=fact.recorded_at)


def _deeds(case: Case) -> list[Deed]:
    return [
        Deed(
            entry_id=new_id(),
            actor_id=fact.actor_id,
            via=fact.via,
            verb=fact.verb,
            subject="ticket",
            subject_id=case.ticket_id,
            ticket_id=case.ticket_id,
            ticket_version=version,
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            detail=fact.detail,
        )
        for version, fact in enumerate(case.new, start=len(case.old) + 1)
    ]


def _touched(case: Case) -> list[Touched]:
    """Every scope that sees the ticket now, and those that saw it and no longer do."""
    state = case.now_is
    now_in = _scopes(
        case,
        state.assignment.unit_id if state.assignment else None,
        case.place.get("community_id", case.row.community_id if case.row else None),
        state.reporter_ids,
    )
    was_in: set[str] = set()
    if case.row is not None:
        old: TicketState | None = None
        for fact in case.old:
            old = apply(old, fact)
        was_in = _scopes(case, case.row.unit_id, case.row.community_id, old.reporter_ids if old else ())
    return [
        *(Touched(scope, "ticket", case.ticket_id, state.version) for scope in sorted(now_in)),
        *(Touched(scope, "ticket", case.ticket_id, state.version, gone=True) for scope in sorted(was_in - now_in)),
    ]


def _scopes(case: Case, unit_id: UUID | None, community_id: UUID | None, reporters: Iterable[UUID]) -> set[str]:
    found = {sync.jurisdiction_scope(case.jurisdiction_id)}
    found |= {sync.person_scope(person) for person in reporters}
    if unit_id is not None:
        found.add(sync.unit_scope(unit_id))
    if community_id is not None:
        found.add(sync.community_scope(community_id))
    return found
