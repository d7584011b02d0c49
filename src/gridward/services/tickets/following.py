"""What a step on one ticket means for others: reports that move, parts that are founded, parents that learn of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import PROGRAM_ACTIONS
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.facts import write_instant
from gridward.domain.tickets.bodies import Body, read_body
from gridward.domain.tickets.rules_split import children_of
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.words import Intent, Status
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.evidence import move_uses
from gridward.persistence.tickets import found_by, history
from gridward.persistence.tickets.kin import said_when_done
from gridward.services.tickets.case import Case, columns, named

BY_RULES = Acting(person_id=None, via="rules", may=PROGRAM_ACTIONS)


async def follow(
    session: WriteSession,
    cases: dict[UUID, Case],
    case: Case,
    intent: Intent,
    body: Body,
    acting: Acting,
    moment: Moment,
) -> None:
    """Carry on from a step that ``acting`` took on ``case``; every ticket concerned is locked and in ``cases``.

    Reports are moved by the person who merges; what follows from a split is done by the program.

    Raises:
        Malformed: ``merge.target_unknown``, ``split.child_known``.
        Conflict: ``merge.target_not_open``; or as ``domain/tickets/decide`` for a step on the other ticket.
    """
    match intent:
        case Intent.MERGE:
            await _merge(session, cases, case, body, acting, moment)
        case Intent.UNMERGE:
            await _unmerge(session, cases, case, acting, moment)
        case Intent.SPLIT:
            await _split(session, cases, case, moment)
        case _:
            await _tell_parent(session, cases, case, moment)


def _step(case: Case, intent: Intent, raw: dict[str, Any], acting: Acting, moment: Moment) -> None:
    now = Moment(now=moment.now, operation_id=new_id())
    case.step(intent, read_body(intent, raw), acting, now)


def _by_rules(case: Case, intent: Intent, raw: dict[str, Any], moment: Moment) -> None:
    _step(case, intent, raw, BY_RULES, moment)


async def _merge(
    session: WriteSession, cases: dict[UUID, Case], case: Case, body: Body, acting: Acting, moment: Moment
) -> None:
    into = body.uuid("into")
    target = cases.get(into) if into is not None else None
    if target is None or target is case or target.jurisdiction_id != case.jurisdiction_id:
        raise Malformed("merge.target_unknown")
    if not target.state.is_open:
        raise Conflict("merge.target_not_open", status=target.state.status)
    reports = dict(case.state.reporters)
    for report_id, person_id in reports.items():
        raw = {"report_id": str(report_id)} | ({"reporter_id": str(person_id)} if person_id else {})
        _step(target, Intent.JOIN, raw, acting, moment)
    await _move(session, reports, target.ticket_id)
    await found_by.renew(session, [target.ticket_id])


async def _unmerge(session: WriteSession, cases: dict[UUID, Case], case: Case, acting: Acting, moment: Moment) -> None:
    into = case.loaded.state.merged_into if case.loaded else None
    target = cases.get(into) if into is not None else None
    reports = list(case.state.reporters)
    if target is not None and reports:
        _step(target, Intent.PART, {"report_ids": [str(one) for one in reports]}, acting, moment)
    await _move(session, reports, case.ticket_id)
    await found_by.renew(session, [case.ticket_id] if target is None else [case.ticket_id, target.ticket_id])


async def _move(session: WriteSession, report_ids: Collection[UUID], ticket_id: UUID) -> None:
    if report_ids:
        await history.move_reports(session, report_ids, ticket_id)
        await move_uses(session, report_ids=list(report_ids), to_ticket_id=ticket_id)


async def _split(session: WriteSession, cases: dict[UUID, Case], case: Case, moment: Moment) -> None:
    fact = next(fact for fact in case.new if fact.verb == "ticket.split")
    for child in children_of(case.ticket_id, case.state, fact, case.ticket.clocks):
        if await history.ticket_of_address(session, child.child_id) is not None:
            raise Malformed("split.child_known", child_id=str(child.child_id))
        part = Case(ticket_id=child.child_id, jurisdiction_id=case.jurisdiction_id, terms=case.terms)
        part.place = {"community_id": case.community_id}
        part.step(Intent.SPLIT_OFF, child.body, BY_RULES, Moment(now=moment.now, operation_id=new_id()))
        await history.add_part(session, case.ticket_id, {"ticket_id": child.child_id, **columns(part, moment.now)})
        cases[child.child_id] = part


async def _tell_parent(session: WriteSession, cases: dict[UUID, Case], case: Case, moment: Moment) -> None:
    parent = cases.get(case.state.parent_id) if case.state.parent_id is not None else None
    if parent is None or case.loaded is None:
        return
    was_open, is_open = case.loaded.state.is_open, case.state.is_open
    named = {"child_id": str(case.ticket_id)}
    if was_open and not is_open and parent.state.status is Status.SPLIT:
        _by_rules(parent, Intent.CHILD_ENDED, named, moment)
        _next_turn(cases, parent, moment)
        if not any(child.open for child in parent.state.children):
            await _finish(session, cases, parent, moment)
    elif is_open and not was_open and parent.state.status in (Status.SPLIT, Status.CLOSED):
        _by_rules(parent, Intent.RETURN_TO_SPLIT, named, moment)


async def _finish(session: WriteSession, cases: dict[UUID, Case], parent: Case, moment: Moment) -> None:
    """The whole is closed, and what the lead said when it was done is the answer to the whole (联合答复)."""
    raw: dict[str, Any] = {"stopped_at": write_instant(_last_done(cases, parent, moment))}
    lead = next((child.child_id for child in parent.state.children if child.lead), None)
    words = await said_when_done(session, lead) if lead is not None else None
    if words:
        raw["answer"] = words
    intent = Intent.FINISH_SPLIT
    body = named(parent, intent, read_body(intent, raw), author=None, now=moment.now)
    parent.step(intent, body, BY_RULES, Moment(now=moment.now, operation_id=new_id()))


def _next_turn(cases: dict[UUID, Case], parent: Case, moment: Moment) -> None:
    ended = next(fact for fact in reversed(parent.new) if fact.detail.get("intent") == Intent.CHILD_ENDED)
    following = ended.uuid("next_child_id")
    if following is not None and cases[following].state.waiting_turn:
        _by_rules(cases[following], Intent.TAKE_TURN, {}, moment)


def _last_done(cases: dict[UUID, Case], parent: Case, moment: Moment) -> datetime:
    """When the last part was done, not when that was checked."""
    states = [cases[child.child_id].state for child in parent.state.children if child.child_id in cases]
    done = [state.resolution.counted_at for state in states if state.resolution is not None]
    return max(done, default=moment.now)
