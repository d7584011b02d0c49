"""What time alone does: once each, with its true time, however late and however often the sweep runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from cast import MARKET, NOON, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.persistence.entries import EntryRow
from gridward.persistence.notifications.rows import NotificationRow
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.notifications.notify import notify
from gridward.services.tickets.sweep import sweep
from replaying import differences


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def assigned(write: Write, who: Member, seed: int = 1) -> TicketRow:
    async with write() as session:
        photo = await deliver(session, who, seed)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        taken = await filed(session, who, report(at=(MARKET[0] + seed * 0.0004 - 0.0006, MARKET[1]), photos=claim))
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == taken.ticket_id))).scalar_one()
    assert row.status == "assigned"
    return row


async def facts(write: Write, ticket_id: UUID, prefix: str = "clock.") -> Sequence[Any]:
    async with write() as session:
        rows = await session.execute(
            select(EntryRow.verb, EntryRow.occurred_at, EntryRow.recorded_at, EntryRow.detail)
            .where(EntryRow.ticket_id == ticket_id, EntryRow.verb.startswith(prefix))
            .order_by(EntryRow.ticket_version)
        )
        return rows.all()


async def swept(write: Write, now: datetime) -> int:
    """All batches at one time."""
    total, more = 0, True
    while more:
        async with write() as session:
            done = await sweep(session, now, limit=2)
        total, more = total + done.facts, done.more
    return total


async def test_an_outage_changes_no_time_and_only_the_highest_reminder_is_sent(write: Write, volunteer: Member) -> None:
    ticket = await assigned(write, volunteer)
    due = ticket.resolve_due_at
    assert due is not None
    long_after = due + timedelta(days=3)
    assert await swept(write, long_after) > 0
    assert await swept(write, long_after) == 0
    found = await facts(write, ticket.ticket_id)
    breach = next(one for one in found if one.verb == "clock.breached" and one.detail["kind"] == "resolve")
    assert (breach.occurred_at, breach.recorded_at) == (due, long_after)
    reminders = [one.detail for one in found if one.verb == "clock.reminded" and one.detail["kind"] == "resolve"]
    assert [(one["step"], one["send"]) for one in reminders] == [(50, False), (80, True)]
    async with write() as session:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket.ticket_id))).scalar_one()
        assert row.breached_at is not None
        assert row.breached_at <= due
        assert await differences(session, ticket.ticket_id) == []


async def test_step_by_step_it_records_the_same_as_all_at_once(write: Write, volunteer: Member) -> None:
    slow, quick = await assigned(write, volunteer, 1), await assigned(write, volunteer, 2)
    end = NOON + timedelta(days=2)
    at = NOON
    while at < end:
        at += timedelta(minutes=30)
        await swept(write, at)
    one, other = await facts(write, slow.ticket_id), await facts(write, quick.ticket_id)

    def shape(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        return [(row.verb, row.occurred_at, row.detail["kind"], row.detail.get("step")) for row in rows]

    assert shape(one) == shape(other)
    assert all(row.recorded_at - row.occurred_at <= timedelta(minutes=30) for row in one)


async def test_two_sweeps_at_once_record_everything_once(write: Write, volunteer: Member) -> None:
    tickets = [await assigned(write, volunteer, seed) for seed in (1, 2, 3)]
    await asyncio.gather(*(swept(write, NOON + timedelta(days=2)) for _ in range(3)))
    for ticket in tickets:
        found = [
            (row.verb, row.detail["clock"], row.detail.get("step")) for row in await facts(write, ticket.ticket_id)
        ]
        assert len(found) == len(set(found)) > 0
        async with write() as session:
            assert await differences(session, ticket.ticket_id) == []


async def test_a_deferral_ends_on_its_day(
    write: Write, volunteer: Member, sanitation_lead: Member, shift_leader: Member
) -> None:
    ticket = await assigned(write, volunteer)
    story = Story(ticket.ticket_id, NOON, sync.Seen(version=ticket.version, assignment_id=ticket.assignment_id))
    until = NOON + timedelta(days=1)
    async with write() as session:
        asked = await story.does(session, sanitation_lead, "ask_defer", reason="rain", until=until.isoformat())
        assert asked.status == 200, asked.body
        request = asked.body["op_id"]
        granted = await story.does(session, shift_leader, "grant_defer", request_id=request)
        assert granted.body["status"] == "deferred", granted.body
    await swept(write, until + timedelta(minutes=3))
    async with write() as session:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket.ticket_id))).scalar_one()
        assert row.status == "in_progress"
    (resumed,) = await facts(write, ticket.ticket_id, "ticket.resumed")
    assert resumed.occurred_at == until


async def told(write: Write, who: Member) -> list[str]:
    async with write() as session:
        rows = await session.execute(
            select(NotificationRow.kind)
            .where(NotificationRow.person_id == who.person_id)
            .order_by(NotificationRow.notification_id)
        )
        return list(rows.scalars())


async def drained(write: Write, now: datetime) -> None:
    more = True
    while more:
        async with write() as session:
            more = (await notify(session, now, limit=3)).more


async def test_everybody_is_told_once_and_nobody_of_his_own_doing(
    write: Write,
    town: Town,
    volunteer: Member,
    sanitation_lead: Member,
    steward: Member,
    dispatcher: Member,
    property_lead: Member,
) -> None:
    await drained(write, NOON)
    ticket = await assigned(write, volunteer)
    story = Story(ticket.ticket_id, NOON, sync.Seen(version=ticket.version, assignment_id=ticket.assignment_id))
    async with write() as session:
        after = await deliver(session, sanitation_lead, 9)
        await story.does(session, sanitation_lead, "resolve", photos=[after])
    await asyncio.gather(drained(write, NOON), drained(write, NOON))
    await drained(write, NOON)
    assert await told(write, volunteer) == ["sent_out", "said_done"]
    assert await told(write, sanitation_lead) == ["assigned"]
    assert await told(write, steward) == ["to_verify"]
    assert await told(write, dispatcher) == []
    assert await told(write, property_lead) == []


async def test_old_news_is_passed_over(write: Write, volunteer: Member, sanitation_lead: Member) -> None:
    await assigned(write, volunteer)
    await drained(write, NOON + timedelta(days=3))
    assert await told(write, sanitation_lead) == []
