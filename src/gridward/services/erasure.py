"""Erasing a person, or one report: rows become tombstones, phones are told, and the ledger outlives all of it.

The ticket stays, with its kind and its place: it is the community's, and somebody may be on the way to it. What it had
from the reporter goes: words, pictures, the name, and the addresses of its progress page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Subject, program, require
from gridward.domain.entries import Deed
from gridward.domain.erasure import NAMELESS, OF_REPORTERS, Erasure, Kind
from gridward.domain.errors import Forbidden, NotFound
from gridward.gateways.erasures import Ledger
from gridward.persistence import erasure as rows
from gridward.persistence import progress
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.services.households import register as households
from gridward.services.tickets.case import Case, save
from gridward.services.tickets.opening import opened

INTENTS = frozenset(intent.value for intent in OF_REPORTERS)


def _place(known: rows.Standing) -> Subject:
    return Subject(jurisdiction_id=known.jurisdiction_id, community_id=known.community_id)


async def look_at_person(session: ReadSession | WriteSession, actor: Actor, person_id: UUID) -> rows.Left:
    """How much there is to erase of a person.

    Raises:
        Forbidden: ``not_permitted``, ``erase_self``. NotFound: ``person_unknown``, also when erased already.
    """
    known, reports = await rows.person(session, person_id), await rows.reports_by(session, person_id)
    # What a phone sent in the very moment of the first erasure can be erased by a second one.
    if known is None or known.jurisdiction_id != actor.jurisdiction_id or (known.erased_at and not reports):
        raise NotFound("person_unknown")
    require(actor, "people:erase", _place(known))
    if person_id == actor.person_id:
        raise Forbidden("erase_self")
    return await rows.count(session, reports, person_id)


async def erase_person(
    session: WriteSession, ledger: Ledger, actor: Actor, person_id: UUID, now: datetime
) -> rows.Left:
    """Erase everything that a person brought, and the person.

    Raises:
        as :func:`look_at_person`, and what the ledger raises.
    """
    await look_at_person(session, actor, person_id)
    reports = await rows.reports_by(session, person_id)
    await ledger.add(
        Erasure(
            kind=Kind.person,
            jurisdiction_id=actor.jurisdiction_id,
            subject_id=person_id,
            report_ids=tuple(reports),
            at=now,
        )
    )
    return await _erase(session, actor, Kind.person, person_id, reports, now)


async def look_at_report(session: ReadSession | WriteSession, actor: Actor, report_id: UUID) -> rows.Left:
    """How much there is to erase of a report.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``report_unknown``, also when erased already.
    """
    known = await rows.report(session, report_id)
    if known is None or known.jurisdiction_id != actor.jurisdiction_id or known.erased_at:
        raise NotFound("report_unknown")
    require(actor, "report:erase", _place(known))
    return await rows.count(session, [report_id], None)


async def erase_report(
    session: WriteSession, ledger: Ledger, actor: Actor, report_id: UUID, now: datetime
) -> rows.Left:
    """Erase one report.

    Raises:
        as :func:`look_at_report`, and what the ledger raises.
    """
    await look_at_report(session, actor, report_id)
    await ledger.add(
        Erasure(
            kind=Kind.report,
            jurisdiction_id=actor.jurisdiction_id,
            subject_id=report_id,
            report_ids=(report_id,),
            at=now,
        )
    )
    return await _erase(session, actor, Kind.report, report_id, [report_id], now)


async def _erase(
    session: WriteSession, actor: Actor, kind: Kind, subject_id: UUID, report_ids: Sequence[UUID], now: datetime
) -> rows.Left:
    person_id = subject_id if kind is Kind.person else None
    tickets = await rows.tickets_of(session, report_ids)
    cases = await opened(session, tickets)

    notes = await rows.scrub_reports(session, report_ids, now)
    texts = await rows.scrub_texts(session, report_ids, person_id, INTENTS, now)
    sha256s, photos = await rows.drop_photos(session, report_ids, person_id, INTENTS, now)
    await rows.scrub_tickets(session, tickets, notes=notes, sha256s=sha256s)
    if tickets:
        await progress.end_links(session, by=actor.person_id, now=now, ticket_ids=tickets)
    if person_id is not None:
        await rows.scrub_person(session, person_id, name=NAMELESS, at=now)

    beside = _forget_reporters(cases.values(), set(report_ids), actor, now)
    await save(session, list(cases.values()), now=now)
    left = rows.Left(reports=len(report_ids), texts=texts, photos=photos)
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=f"{kind.value}.forgotten",
        subject=kind.value,
        subject_id=subject_id,
        occurred_at=now,
        recorded_at=now,
        detail={"reports": left.reports, "texts": left.texts, "photos": left.photos},
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id, touched=beside)
    return left


def _forget_reporters(
    cases: Iterable[Case], report_ids: Collection[UUID], actor: Actor, now: datetime
) -> list[Touched]:
    """Each ticket that one of them reported learns so as a fact; tickets that only showed something of it are told."""
    beside: list[Touched] = []
    for case in cases:
        mine = [report for report in case.state.reporters if report in report_ids]
        for report_id in mine:
            case.erase_reporter(report_id, actor, now)
        if not mine:
            beside += _told(case)
    return beside


def _told(case: Case) -> list[Touched]:
    scopes = [sync.jurisdiction_scope(case.jurisdiction_id)]
    scopes += [sync.person_scope(person) for person in sorted(case.state.reporter_ids)]
    if case.state.assignment is not None:
        scopes.append(sync.unit_scope(case.state.assignment.unit_id))
    if case.community_id is not None:
        scopes.append(sync.community_scope(case.community_id))
    return [Touched(scope, "ticket", case.ticket_id, case.state.version) for scope in scopes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What reading the ledger again did. ``again``: erasures of what this database still knew."""

    lines: int
    again: int


async def replay(session: WriteSession, erasures: Sequence[Erasure], now: datetime) -> Replayed:
    """Erase once more what a restored database does not know to be erased; running it twice adds nothing."""
    again = 0
    for one in erasures:
        if one.kind is Kind.household:
            again += await households.erase_again(session, one.jurisdiction_id, one.subject_id, now)
            continue
        actor = program(one.jurisdiction_id, "restore")
        standing = await rows.standing_reports(session, one.report_ids)
        if one.kind is Kind.person:
            known = await rows.person(session, one.subject_id)
            due = known is not None and known.erased_at is None
            standing |= set(await rows.reports_by(session, one.subject_id))
        else:
            due = False
        if due or standing:
            await _erase(session, actor, one.kind, one.subject_id, sorted(standing), now)
            again += 1
        missing = [report_id for report_id in one.report_ids if report_id not in standing]
        await rows.add_tombstones(session, missing, jurisdiction_id=one.jurisdiction_id, at=one.at)
    return Replayed(lines=len(erasures), again=again)
