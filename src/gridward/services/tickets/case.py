"""A ticket in a writer's hands: its facts, what was added to them, and how that becomes rows, entries and changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Relation, Subject, may, relations_of
from gridward.domain.entries import Deed
from gridward.domain.facts import Fact
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import Outcome, next_step_at, settled, step_on, without_reporter
from gridward.domain.tickets.apply import apply
from gridward.domain.tickets.audiences import audiences
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.state import TicketState
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.table import ACTIONS
from gridward.domain.tickets.words import Intent, RequestKind
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.prepared import Line
from gridward.persistence.tickets import history
from gridward.persistence.tickets.rounds import ROUNDS
from gridward.persistence.writes import Writes
from gridward.services.tickets import supervision
from gridward.services.tickets.projection import ENTERED, clock_values, round_values, ticket_values, tray_reason
from gridward.services.tickets.remembered import remember

SALT_BYTES = 16


@dataclass(slots=True, kw_only=True)
class Case:
    """One ticket while a transaction works on it.

    ``row`` is the locked row and ``loaded`` the ticket as it was found (both None: it is being founded). ``place`` are
    columns that no fact carries and that this transaction changes; ``routing`` is why the unit was chosen; ``texts``
    are words waiting to be stored.
    """

    ticket_id: UUID
    jurisdiction_id: UUID
    terms: Terms
    row: Line | None = None
    loaded: Outcome | None = None
    outcome: Outcome | None = None
    place: dict[str, Any] = field(default_factory=dict)
    routing: Mapping[str, Any] | None = None
    texts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ticket(self) -> Outcome:
        """The ticket now.

        Raises:
            RuntimeError: asked before it was founded; a fault of the program.
        """
        if self.outcome is None:
            raise RuntimeError("the ticket has no facts yet")
        return self.outcome

    @property
    def state(self) -> TicketState:
        return self.ticket.state

    @property
    def new(self) -> tuple[Fact, ...]:
        return () if self.outcome is None else self.outcome.facts

    @property
    def marks(self) -> Sequence[str]:
        found: Sequence[str] = self.place.get("marks", self.row.marks if self.row else ())
        return found

    @property
    def community_id(self) -> UUID | None:
        found: UUID | None = self.place.get("community_id", self.row.community_id if self.row else None)
        return found

    def step(self, intent: Intent, body: Body, acting: Acting, moment: Moment) -> None:
        """Do one step by the rules; the first founds the ticket. Raises as ``domain/tickets/decide``."""
        self.outcome = step_on(self.outcome, intent, body, acting, moment, self.terms)

    def erase_reporter(self, report_id: UUID, actor: Actor, now: datetime) -> None:
        """One of its reports is erased."""
        self.outcome = without_reporter(
            self.ticket, report_id, actor_id=actor.person_id, via=actor.via, now=now, terms=self.terms
        )

    def catch_up(self, now: datetime) -> None:
        """Record what time alone has done."""
        self.outcome = settled(self.ticket, now, self.terms)

    def forget(self) -> None:
        """Back to how the ticket was found."""
        self.outcome, self.place, self.texts = self.loaded, {}, []


def subject_of(case: Case, *, more_units: Iterable[UUID] = ()) -> Subject:
    """The ticket as the policy knows it."""
    state = case.state
    held = {state.assignment.unit_id} if state.assignment else set()
    return Subject(
        jurisdiction_id=case.jurisdiction_id,
        owner_ids=state.reporter_ids,
        grid_id=state.grid_id,
        community_id=case.community_id,
        unit_ids=frozenset(held | set(more_units)),
    )


def acting_as(actor: Actor, subject: Subject) -> Acting:
    """The actor with every right of the policy table that holds for this subject."""
    return Acting(
        person_id=actor.person_id,
        via=actor.via,
        may=frozenset(action for action in ACTIONS if may(actor, action, subject)),
        unit_ids=actor.unit_ids,
        roles=frozenset(g.role.value for g in actor.grants if relations_of(actor, g, subject) - {Relation.other}),
    )


def named(
    case: Case, intent: Intent, body: Body, *, author: UUID | None, now: datetime, report_id: UUID | None = None
) -> Body:
    """The body with ids in place of words; the words wait on the case to be stored with it."""
    refs = {}
    for name, words in body.words.items():
        text_id, salt = new_id(), secrets.token_bytes(SALT_BYTES)
        refs[name] = {"text_id": str(text_id), "digest": sync.salted_digest(words, salt)}
        case.texts.append(
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
    return body.named(refs)


async def save(
    session: WriteSession,
    cases: Sequence[Case],
    *,
    now: datetime,
    besides: Sequence[Deed] = (),
    writes: Writes | None = None,
) -> None:
    """Write what happened to these tickets: rows as the facts leave them, words, entries, changes.

    Cases without new facts cost nothing. A founded ticket's own row is written by its founder before. ``besides`` are
    deeds that are no part of a ticket's history, ``writes`` rows that go with it.
    """
    writes = writes or Writes()
    deeds, touched = list(besides), []
    for case in cases:
        if case.new:
            await project(session, writes, case, now)
            own = deeds_of(case)
            deeds += own
            remember(own[-1].entry_id, case.ticket)
            touched += touched_by(case)
        writes.add(history.TEXTS, case.texts)
    if deeds:
        await record(session, deeds, jurisdiction_id=cases[0].jurisdiction_id, touched=touched, writes=writes)
    else:
        await writes.run(session)


def columns(case: Case, now: datetime) -> dict[str, Any]:
    """The row of the ticket as its facts leave it, with what this transaction knows besides."""
    ticket = case.ticket
    routing = case.routing if case.routing is not None or case.row is None else case.row.routing
    conflict = bool(case.place.get("conflict", case.row.conflict if case.row else False))
    values = ticket_values(
        ticket.state,
        ticket.clocks,
        case.terms,
        next_step_at=next_step_at(ticket.state, ticket.clocks, case.terms),
        now=now,
    )
    values["tray_reason"] = tray_reason(
        ticket.state, entered_by=_entered_by(case), routing=routing, marks=case.marks, conflict=conflict
    )
    return {**values, **case.place} | ({"routing": case.routing} if case.routing is not None else {})


def _entered_by(case: Case) -> str | None:
    """The verb that led to the present status; of an older one only what the tray still says of it."""
    status = case.state.status.value
    verb = next((fact.verb for fact in reversed(case.new) if fact.status == status), None)
    if verb is not None or case.row is None or case.row.status != status:
        return verb
    return next((verb for verb, reason in ENTERED.items() if reason == case.row.tray_reason), None)


async def project(session: WriteSession, writes: Writes, case: Case, now: datetime) -> None:
    """Write the rows that follow from the case's new facts, or leave them to ``writes``."""
    ticket = case.ticket
    if case.row is not None:
        await history.change_ticket(session, case.ticket_id, columns(case, now))
    before_clocks = case.loaded.clocks.clocks if case.loaded else ()
    rows = [
        clock_values(case.ticket_id, case.jurisdiction_id, clock, case.terms)
        for clock in ticket.clocks.clocks
        if clock not in before_clocks
    ]
    writes.add(history.CLOCKS, rows)
    writes.add(ROUNDS, _rounds(case))
    state = case.loaded.state if case.loaded else None
    for fact in case.new:
        before, state = state, apply(state, fact)
        await _assignment(session, writes, case, before, state, fact)
        await _requests(session, case, before, state, fact)
        await supervision.project(session, case.jurisdiction_id, case.ticket_id, state, fact)


def _rounds(case: Case) -> list[dict[str, Any]]:
    """The rows of rounds that are not as they were found."""

    def rows(of: Outcome, community_id: UUID | None) -> list[dict[str, Any]]:
        return round_values(
            case.ticket_id, case.jurisdiction_id, of.state, of.clocks, case.terms, community_id=community_id
        )

    before = rows(case.loaded, case.row.community_id) if case.loaded and case.row else []
    return [row for row in rows(case.ticket, case.community_id) if row not in before]


async def _assignment(
    session: WriteSession, writes: Writes, case: Case, before: TicketState | None, after: TicketState, fact: Fact
) -> None:
    was, now_is = (before.assignment if before else None), after.assignment
    if was is not None and writes.holds(history.ASSIGNMENTS):
        # It began in this very transaction: what ends or changes it must find its row.
        await writes.run(session)
    if (was.assignment_id if was else None) != (now_is.assignment_id if now_is else None):
        if was is not None:
            await history.end_assignments(session, case.ticket_id, fact.recorded_at, fact.verb)
        if now_is is not None:
            writes.add(
                history.ASSIGNMENTS,
                [
                    {
                        "assignment_id": now_is.assignment_id,
                        "jurisdiction_id": case.jurisdiction_id,
                        "ticket_id": case.ticket_id,
                        "unit_id": now_is.unit_id,
                        "worker_id": now_is.worker_id,
                        "by_rule": "by_rule" in fact.detail,
                        "begun_by": fact.verb,
                        "assigned_at": now_is.assigned_at,
                        "routing": case.routing,
                    }
                ],
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
    "request.lapsed": "lapsed",
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


def deeds_of(case: Case) -> list[Deed]:
    """What happened to the ticket in this transaction, as entries with its next versions."""
    first = (case.loaded.state.version if case.loaded else 0) + 1
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
        for version, fact in enumerate(case.new, start=first)
    ]


def touched_by(case: Case) -> list[Touched]:
    """Every scope that sees the ticket now, and those that saw it and no longer do."""
    state, row, loaded = case.state, case.row, case.loaded
    unit_id = state.assignment.unit_id if state.assignment else None
    now_in = _scopes(case.jurisdiction_id, unit_id, case.community_id, state.reporter_ids)
    was_in: set[str] = set()
    if row is not None and loaded is not None:
        was_in = _scopes(case.jurisdiction_id, row.unit_id, row.community_id, loaded.state.reporter_ids)
    return [
        *(Touched(scope, "ticket", case.ticket_id, state.version) for scope in sorted(now_in)),
        *(Touched(scope, "ticket", case.ticket_id, state.version, gone=True) for scope in sorted(was_in - now_in)),
    ]


def _scopes(
    jurisdiction_id: UUID, unit_id: UUID | None, community_id: UUID | None, reporters: Iterable[UUID]
) -> set[str]:
    scopes = {sync.jurisdiction_scope(jurisdiction_id), *(sync.person_scope(person) for person in reporters)}
    if unit_id is not None:
        scopes.add(sync.unit_scope(unit_id))
    if community_id is not None:
        scopes.add(sync.community_scope(community_id))
    return scopes
