"""Filing: taken whatever it lacks, once for ever, and sent on when the rules are sure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

import build
from cast import MARKET, NOON, OUTSIDE, Member, Town
from conftest import Write
from filing import deliver, filed, open_town, report
from gridward.domain.accounts import Actor, Role, ScopeKind, program
from gridward.domain.errors import Forbidden, Malformed, Refusal
from gridward.domain.standards import Limit, LimitKind
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.sync import PhotoClaim, salted_digest
from gridward.persistence.changes import ChangeRow
from gridward.persistence.entries import EntryRow
from gridward.persistence.standards.rows import StandardRow
from gridward.persistence.tickets.rows import AssignmentRow, ClockRow, ReportRow, TicketRow, TicketTextRow
from gridward.services.accounts.jurisdictions import found_jurisdiction
from gridward.services.standards.publishing import publish_standard
from gridward.services.tickets.report import file_report


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def row(write: Write, ticket_id: object) -> TicketRow:
    async with write() as session:
        return (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket_id))).scalar_one()


async def test_a_sure_report_is_accepted_and_assigned_in_the_same_transaction(
    write: Write, town: Town, volunteer: Member
) -> None:
    async with write() as session:
        photo = await deliver(session, volunteer)
        done = await filed(
            session, volunteer, report(photos=(PhotoClaim(sha256=photo, kind="close"),), place_note="雪圃学校东门旁")
        )
    ticket = await row(write, done.ticket_id)
    assert (ticket.status, ticket.unit_id, ticket.grid_id) == ("assigned", town.sanitation, town.grid_market)
    assert ticket.tray_reason is None
    assert ticket.due_at is not None
    assert (done.short_no, ticket.number_day.isoformat(), ticket.photo_sha256) == ("001", "2026-09-01", photo)
    async with write() as session:
        verbs = (
            await session.execute(
                select(EntryRow.verb, EntryRow.via)
                .where(EntryRow.ticket_id == done.ticket_id)
                .order_by(EntryRow.ticket_version)
            )
        ).all()
        assert [tuple(one) for one in verbs] == [
            ("report.filed", "app"),
            ("ticket.accepted", "rules"),
            ("ticket.assigned", "rules"),
        ]
        assignment = (
            await session.execute(select(AssignmentRow).where(AssignmentRow.ticket_id == done.ticket_id))
        ).scalar_one()
        assert assignment.by_rule
        assert assignment.routing["rule_id"] == "lane"
        kinds = set(
            (await session.execute(select(ClockRow.kind).where(ClockRow.ticket_id == done.ticket_id))).scalars()
        )
        assert {"file", "dispatch", "resolve", "overall"} <= kinds
        scopes = sorted(
            (await session.execute(select(ChangeRow.scope).where(ChangeRow.entity_id == done.ticket_id))).scalars()
        )
        assert scopes == sorted(
            [
                f"community:{town.community_id}",
                f"jurisdiction:{town.jurisdiction_id}",
                f"person:{volunteer.person_id}",
                f"unit:{town.sanitation}",
            ]
        )


async def test_spoken_numbers_count_per_community_and_day_and_never_wait(
    write: Write, town: Town, volunteer: Member
) -> None:
    """Filings that overlap take different numbers at once; a number of one that was rolled back may stay unused."""
    async with write() as first:
        one = await filed(first, volunteer, report(at=MARKET))
        async with write() as second:
            two = await filed(second, volunteer, report("lamp", at=MARKET))
        async with write() as third:
            other_place = await filed(third, volunteer, report(at=OUTSIDE))
    assert (one.short_no, two.short_no, other_place.short_no) == ("001", "002", "001")
    async with write() as session:
        tomorrow = await filed(session, volunteer, report("dumping", at=MARKET), NOON + timedelta(days=1))
    assert tomorrow.short_no == "001"
    assert tomorrow.ticket_no.startswith("20260902-")


async def test_the_official_day_is_the_citys_own(write: Write, volunteer: Member) -> None:
    async with write() as session:
        night = datetime(2026, 9, 1, 17, 30, tzinfo=UTC)
        taken = await filed(session, volunteer, report(now=night), night)
    assert taken.ticket_no.startswith("20260902-")


async def test_an_erased_report_stays_erased(write: Write, volunteer: Member) -> None:
    report_id, envelope = uuid4(), report()
    async with write() as session:
        await file_report(session, volunteer.actor, report_id, envelope, NOON)
    async with write() as session:
        await session.execute(update(ReportRow).where(ReportRow.report_id == report_id).values(erased_at=NOON))
    async with write() as session:
        with pytest.raises(Refusal, match="erased"):
            await file_report(session, volunteer.actor, report_id, envelope, NOON)


async def test_who_did_it_himself_closes_it_in_the_report(write: Write, volunteer: Member) -> None:
    async with write() as session:
        before, after = await deliver(session, volunteer, 1), await deliver(session, volunteer, 2)
        photos = (PhotoClaim(sha256=before, kind="before"), PhotoClaim(sha256=after, kind="after"))
        taken = await filed(
            session, volunteer, report(photos=photos, self_resolved=True, after_photo=after, done_note="顺手倒了")
        )
        clocks = await session.execute(select(ClockRow).where(ClockRow.ticket_id == taken.ticket_id))
        assert clocks.all() == []
    ticket = await row(write, taken.ticket_id)
    assert (ticket.status, ticket.closing, ticket.tray_reason) == ("closed", "self_resolved", None)


async def test_a_join_to_what_has_ended_is_filed_as_its_own_and_marked(
    write: Write, volunteer: Member, other_volunteer: Member
) -> None:
    async with write() as session:
        taken = await filed(session, other_volunteer, report(join_ticket_id=uuid4()))
    ticket = await row(write, taken.ticket_id)
    assert taken.joined is False
    assert "join_failed" in ticket.marks


async def test_words_are_kept_apart_from_the_log_and_named_by_a_salted_digest(write: Write, volunteer: Member) -> None:
    async with write() as session:
        taken = await filed(session, volunteer, report(note="我是梁阿姨，桶满了", place_note="梁阿姨家门口"))
        entries = await session.execute(select(EntryRow.detail).where(EntryRow.ticket_id == taken.ticket_id))
        details = json.dumps(list(entries.scalars()), ensure_ascii=False)
        text = (
            await session.execute(select(TicketTextRow).where(TicketTextRow.ticket_id == taken.ticket_id))
        ).scalar_one()
    assert "梁阿姨" not in details
    assert (text.kind, text.body) == ("file.note", "我是梁阿姨，桶满了")
    assert text.salt is not None
    assert salted_digest("我是梁阿姨，桶满了", text.salt) in details


async def test_a_report_made_for_somebody_names_the_source_and_keeps_the_speaker_apart(
    write: Write, dispatcher: Member, volunteer: Member
) -> None:
    made_for = {"source": "hotline", "speaker": "黄女士", "outer_no": "12345-0901-77", "said_at": NOON}
    async with write() as session:
        taken = await filed(session, dispatcher, report(**made_for))
        kept = (await session.execute(select(ReportRow).where(ReportRow.ticket_id == taken.ticket_id))).scalar_one()
    assert (kept.source, kept.speaker, kept.outer_no) == ("hotline", "黄女士", "12345-0901-77")
    async with write() as session:
        with pytest.raises(Forbidden):
            await filed(session, volunteer, report(**made_for))


async def test_without_photos_that_arrived_nothing_is_stored(write: Write, volunteer: Member) -> None:
    report_id = uuid4()
    async with write() as session:
        with pytest.raises(Malformed, match="photos_missing"):
            await file_report(
                session, volunteer.actor, report_id, report(photos=(PhotoClaim(sha256="0" * 64, kind="close"),)), NOON
            )
    async with write() as session:
        found = await session.execute(select(func.count()).where(ReportRow.report_id == report_id))
        assert found.scalar_one() == 0


@pytest.mark.parametrize("time_zone", ["Asia/Shanghai", "Asia/Urumqi"])
async def test_a_day_ends_at_the_towns_own_midnight(write: Write, time_zone: str) -> None:
    """The number of the day, its count from 001 and the standard that a report pins turn at one instant."""
    midnight = datetime(2026, 9, 2, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    async with write() as session:
        town = await found_jurisdiction(session, f"一镇 {time_zone}", via="cli", now=NOON, time_zone=time_zone)
        clerk = program(town, "cli")
        person_id = await build.person(session, town, "木拉提", since=NOON)
        role = await build.grant(
            session, town, person_id, Role.volunteer, ScopeKind.jurisdiction, town, since=NOON - timedelta(days=1)
        )
        draft = built_in_standard("draft")
        slower = replace(draft, terms=replace(draft.terms, file_limit=Limit(LimitKind.WORK_HOUR, 3)))
        await publish_standard(session, slower, clerk, valid_from=date(2026, 9, 2), today=date(2026, 9, 1), now=NOON)
    who = Actor(person_id=person_id, jurisdiction_id=town, grants=(role,))

    async def told(now: datetime) -> tuple[str, str, str, int]:
        async with write() as session:
            done = await file_report(session, who, uuid4(), report("other", at=None, now=now), now)
            version = await session.execute(
                select(StandardRow.version)
                .join(TicketRow, TicketRow.standard_id == StandardRow.standard_id)
                .where(TicketRow.ticket_id == done.ticket_id)
            )
        ticket = await row(write, done.ticket_id)
        return done.ticket_no.partition("-")[0], ticket.number_day.isoformat(), done.short_no, version.scalar_one()

    minute = timedelta(minutes=1)
    assert await told(midnight - 2 * minute) == ("20260901", "2026-09-01", "001", 1)
    assert await told(midnight - minute) == ("20260901", "2026-09-01", "002", 1)
    assert await told(midnight + minute) == ("20260902", "2026-09-02", "001", 2)
