"""Operations: judged once against how the ticket stands, answered the same for ever; two people on one ticket."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cast import LANE, MARKET, NOON, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, operation, report
from gridward.domain import sync
from gridward.domain.errors import Conflict, Forbidden, NotFound, Refusal
from gridward.persistence.entries import EntryRow
from gridward.persistence.evidence import PhotoUseRow
from gridward.persistence.tickets.rows import AssignmentRow, OperationRow, ReportRow, RequestRow, TicketRow
from gridward.services.tickets.act import Answer, act


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def assigned(write: Write, who: Member, *, at: tuple[float, float] = MARKET, seed: int = 1) -> Story:
    """A full bin at the market that the rules have sent to the sanitation unit."""
    async with write() as session:
        photo = await deliver(session, who, seed)
        taken = await filed(session, who, report(at=at, photos=(sync.PhotoClaim(sha256=photo, kind="before"),)))
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == taken.ticket_id))).scalar_one()
        assert row.status == "assigned"
    return Story(taken.ticket_id, NOON, sync.Seen(version=row.version, assignment_id=row.assignment_id))


async def does(write: Write, story: Story, who: Member, type_: str, **more: object) -> Answer:
    async with write() as session:
        return await story.does(session, who, type_, **more)


async def row(write: Write, ticket_id: UUID) -> TicketRow:
    async with write() as session:
        return (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket_id))).scalar_one()


async def test_a_repeat_gets_the_stored_answer_and_does_nothing_twice(
    write: Write, volunteer: Member, sanitation_lead: Member
) -> None:
    story = await assigned(write, volunteer)
    op_id, envelope = uuid4(), operation("acknowledge", story.seen)
    answers = []
    for later in (0, 1, 10_000):
        async with write() as session:
            now = NOON + timedelta(minutes=later)
            answers.append(await act(session, sanitation_lead.actor, story.ticket_id, op_id, envelope, now))
    assert [one.made for one in answers] == [True, False, False]
    assert answers[0].body == answers[1].body == answers[2].body
    ticket = await row(write, story.ticket_id)
    assert (ticket.status, ticket.version) == ("in_progress", 4)


async def test_a_refusal_is_final_under_its_id(write: Write, volunteer: Member, sanitation_lead: Member) -> None:
    story = await assigned(write, volunteer)
    op_id, envelope = uuid4(), operation("reach", story.seen, number=1)
    async with write() as session:
        first = await act(session, sanitation_lead.actor, story.ticket_id, op_id, envelope, NOON)
    assert (first.status, first.body["code"]) == (422, "milestone.unknown")
    async with write() as session:
        second = await act(session, sanitation_lead.actor, story.ticket_id, op_id, envelope, NOON)
    assert (second.status, second.body, second.made) == (422, first.body, False)


@pytest.mark.parametrize(
    ("change", "who"), [({"digest": "another-digest"}, "sanitation_lead"), ({}, "sanitation_worker")]
)
async def test_an_id_is_not_taken_twice(
    write: Write, town: Town, volunteer: Member, change: dict[str, str], who: str
) -> None:
    story = await assigned(write, volunteer)
    op_id, digest = uuid4(), uuid4().hex
    async with write() as session:
        envelope = operation("acknowledge", story.seen, digest=digest)
        await act(session, town["sanitation_lead"].actor, story.ticket_id, op_id, envelope, NOON)
    async with write() as session:
        other = operation("acknowledge", story.seen, **({"digest": digest} | change))
        with pytest.raises(Conflict, match="id_taken"):
            await act(session, town[who].actor, story.ticket_id, op_id, other, NOON)


async def test_unknown_and_program_steps_are_no_operations(write: Write, volunteer: Member, dispatcher: Member) -> None:
    story = await assigned(write, volunteer)
    for word in ("file", "take_turn", "join", "no_such_step"):
        answer = await does(write, story, dispatcher, word)
        assert (answer.status, answer.body["code"]) == (422, "operation_unknown")


async def test_who_may_not_is_not_answered_for_ever(
    write: Write, town: Town, volunteer: Member, other_volunteer: Member
) -> None:
    story = await assigned(write, volunteer)
    op_id = uuid4()
    async with write() as session:
        with pytest.raises(Forbidden):
            envelope = operation("resolve", story.seen)
            await act(session, other_volunteer.actor, story.ticket_id, op_id, envelope, NOON)
    async with write() as session:
        found = await session.execute(select(OperationRow).where(OperationRow.op_id == op_id))
        assert found.scalar_one_or_none() is None
        with pytest.raises(NotFound):
            await act(session, other_volunteer.actor, uuid4(), op_id, envelope, NOON)


async def test_another_jurisdiction_learns_nothing(write: Write, volunteer: Member, far_town: Town) -> None:
    story = await assigned(write, volunteer)
    async with write() as session:
        with pytest.raises(NotFound, match="ticket_unknown"):
            envelope = operation("acknowledge", story.seen)
            await act(session, far_town["sanitation_lead"].actor, story.ticket_id, uuid4(), envelope, NOON)


async def test_operations_wait_for_their_predecessor_and_end_with_it(
    write: Write, volunteer: Member, sanitation_lead: Member
) -> None:
    story = await assigned(write, volunteer)
    first, second, third = uuid4(), uuid4(), uuid4()
    async with write() as session:
        with pytest.raises(Refusal, match="predecessor_unanswered"):
            envelope = operation("arrive", story.seen, after=first, lon=MARKET[0], lat=MARKET[1])
            await act(session, sanitation_lead.actor, story.ticket_id, second, envelope, NOON)
    async with write() as session:
        refused = await act(
            session, sanitation_lead.actor, story.ticket_id, first, operation("reach", story.seen, number=9), NOON
        )
        assert refused.status == 422
    async with write() as session:
        after = await act(session, sanitation_lead.actor, story.ticket_id, second, envelope, NOON)
        assert (after.status, after.body["code"]) == (409, "predecessor_refused")
    async with write() as session:
        free = operation("acknowledge", story.seen)
        assert (await act(session, sanitation_lead.actor, story.ticket_id, third, free, NOON)).status == 200


async def test_work_for_a_ticket_that_was_given_to_another_is_kept_as_proof(
    write: Write, town: Town, volunteer: Member, sanitation_lead: Member, dispatcher: Member, shift_leader: Member
) -> None:
    story = await assigned(write, volunteer)
    underground = story.seen
    async with write() as session:
        after = await deliver(session, sanitation_lead, 2)
    moved = await does(write, story, dispatcher, "assign", unit_id=str(town.property_firm), reason="在围墙内")
    assert moved.status == 200
    async with write() as session:
        late = operation(
            "resolve", underground, now=NOON + timedelta(hours=2), done_at=NOON, photos=[after], note="办好了"
        )
        answer = await act(session, sanitation_lead.actor, story.ticket_id, uuid4(), late, NOON + timedelta(hours=2))
    assert (answer.status, answer.body["code"]) == (409, "ticket.stale_assignment")
    assert set(answer.body["current"]) == {"ticket_id"}
    ticket = await row(write, story.ticket_id)
    assert (ticket.status, ticket.unit_id) == ("assigned", town.property_firm)
    assert (ticket.conflict, ticket.tray_reason) == (True, "conflict")
    async with write() as session:
        uses = await session.execute(
            select(PhotoUseRow.kind, PhotoUseRow.sha256).where(
                PhotoUseRow.ticket_id == story.ticket_id, PhotoUseRow.operation_id.is_not(None)
            )
        )
        assert [tuple(one) for one in uses] == [("proof", after)]
        entry = (await session.execute(select(EntryRow).where(EntryRow.verb == "operation.conflicted"))).scalar_one()
        assert entry.detail["photos"] == [after]
        assert entry.ticket_version is None
    settled = await does(write, story, shift_leader, "urge", text="请物业尽快处理")
    assert settled.status == 200
    assert (await row(write, story.ticket_id)).tray_reason is None


async def test_of_two_that_are_done_the_first_wins_and_the_second_is_more_proof(
    write: Write, volunteer: Member, sanitation_lead: Member, sanitation_worker: Member
) -> None:
    story = await assigned(write, volunteer)
    both = story.seen
    async with write() as session:
        mine, theirs = await deliver(session, sanitation_lead, 2), await deliver(session, sanitation_worker, 3)
    first = await does(write, story, sanitation_lead, "resolve", photos=[mine])
    assert first.status == 200
    async with write() as session:
        late = operation("resolve", both, photos=[theirs])
        second = await act(session, sanitation_worker.actor, story.ticket_id, uuid4(), late, NOON)
    assert (second.status, second.body["code"]) == (409, "ticket.not_a_step")
    assert second.body["current"]["status"] == "resolved"
    async with write() as session:
        kinds = await session.execute(
            select(PhotoUseRow.sha256, PhotoUseRow.kind).where(PhotoUseRow.operation_id.is_not(None))
        )
        assert {one.sha256: one.kind for one in kinds} == {mine: "after", theirs: "proof"}
    assert not (await row(write, story.ticket_id)).conflict


async def test_notes_are_taken_with_a_stale_base_and_after_the_end(
    write: Write, volunteer: Member, sanitation_lead: Member, steward: Member
) -> None:
    story = await assigned(write, volunteer)
    stale = story.seen
    async with write() as session:
        after, proof = await deliver(session, sanitation_lead, 2), await deliver(session, steward, 3)
    await does(write, story, sanitation_lead, "resolve", photos=[after])
    assert (await does(write, story, steward, "verify", way="spot", photos=[proof])).body["status"] == "closed"
    async with write() as session:
        late = operation("note", stale, text="补一句", audience="unit")
        assert (await act(session, sanitation_lead.actor, story.ticket_id, uuid4(), late, NOON)).status == 200


async def test_a_merge_takes_the_reports_along_and_an_unmerge_brings_them_back(
    write: Write, town: Town, volunteer: Member, other_volunteer: Member, dispatcher: Member
) -> None:
    story, twin = await assigned(write, volunteer), None
    async with write() as session:
        photo = await deliver(session, other_volunteer, 5)
        taken = await filed(
            session, other_volunteer, report(at=MARKET, photos=(sync.PhotoClaim(sha256=photo, kind="before"),))
        )
    second = await row(write, taken.ticket_id)
    assert (second.status, second.tray_reason) == ("received", "twin_open")
    twin = Story(taken.ticket_id, NOON, sync.Seen(version=second.version))
    merged = await does(write, twin, dispatcher, "merge", into=str(story.ticket_id))
    assert merged.status == 200, merged.body
    first, second = await row(write, story.ticket_id), await row(write, taken.ticket_id)
    assert (second.status, second.merged_into_id, first.reports_count) == ("merged", first.ticket_id, 2)
    async with write() as session:
        moved = await session.execute(select(ReportRow.ticket_id).where(ReportRow.report_id == taken.report_id))
        assert moved.scalar_one() == story.ticket_id
        note = operation("note", twin.seen, text="还在", audience="internal")
        sent_on = await act(session, other_volunteer.actor, twin.ticket_id, uuid4(), note, NOON)
        assert (sent_on.status, sent_on.body["ticket_id"]) == (200, str(story.ticket_id))
        step = operation("accept", twin.seen, condition_id="litter_full-full", grid_id=str(town.grid_market))
        refused = await act(session, dispatcher.actor, twin.ticket_id, uuid4(), step, NOON)
        assert (refused.status, refused.body["code"]) == (409, "ticket.merged")
        assert refused.body["facts"] == {"into": str(story.ticket_id)}
    back = await does(write, twin, dispatcher, "unmerge", reason="不是同一件")
    assert back.status == 200, back.body
    first, second = await row(write, story.ticket_id), await row(write, taken.ticket_id)
    assert (second.status, second.tray_reason, first.reports_count) == ("received", "unmerged", 1)


async def test_i_saw_it_too_joins_and_its_address_leads_to_the_ticket(
    write: Write, volunteer: Member, other_volunteer: Member
) -> None:
    story = await assigned(write, volunteer)
    async with write() as session:
        photo = await deliver(session, other_volunteer, 6)
        envelope = report(
            photos=(sync.PhotoClaim(sha256=photo, kind="before"),), join_ticket_id=story.ticket_id, note="我也看到了"
        )
        taken = await filed(session, other_volunteer, envelope)
        assert taken.joined
        assert taken.ticket_id == story.ticket_id
        note = operation("note", text="更满了", audience="unit")
        answer = await act(session, other_volunteer.actor, taken.report_id, uuid4(), note, NOON)
    assert answer.body["ticket_id"] == str(story.ticket_id)
    assert (await row(write, story.ticket_id)).reports_count == 2


async def test_a_correction_moves_the_ticket_to_the_grid_of_its_new_place(
    write: Write, town: Town, volunteer: Member, dispatcher: Member
) -> None:
    story = await assigned(write, volunteer)
    moved = await does(write, story, dispatcher, "correct", lon=LANE[0], lat=LANE[1], reason="点错了")
    assert moved.status == 200, moved.body
    assert (await row(write, story.ticket_id)).grid_id == town.grid_estate
    nowhere = await does(write, story, dispatcher, "correct", grid_id=str(uuid4()), reason="点错了")
    assert (nowhere.status, nowhere.body["code"]) == (422, "grid_unknown")


async def test_a_split_founds_its_parts_and_ends_when_the_last_of_them_has(
    write: Write,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    sanitation_lead: Member,
    property_lead: Member,
    steward: Member,
) -> None:
    story = await assigned(write, volunteer)
    one, two = uuid4(), uuid4()
    parts = [
        {"child_id": str(one), "unit_id": str(town.sanitation), "lead": True},
        {"child_id": str(two), "unit_id": str(town.property_firm)},
    ]
    split = await does(write, story, dispatcher, "split", parts=parts, in_order=True)
    assert (split.status, split.body.get("status")) == (200, "split"), split.body
    for lead, child, seed in ((sanitation_lead, one, 20), (property_lead, two, 21)):
        ticket = await row(write, child)
        assert (ticket.status, ticket.parent_id) == ("assigned", story.ticket_id)
        part = Story(child, NOON, sync.Seen(version=ticket.version, assignment_id=ticket.assignment_id))
        async with write() as session:
            after, proof = await deliver(session, lead, seed), await deliver(session, steward, seed + 10)
        done = await does(write, part, lead, "resolve", photos=[after])
        assert done.status == 200, done.body
        assert (await does(write, part, steward, "verify", way="spot", photos=[proof])).status == 200
    parent = await row(write, story.ticket_id)
    assert (parent.status, parent.closing) == ("closed", "children")


async def test_a_request_is_a_row_until_somebody_decides(
    write: Write, volunteer: Member, sanitation_lead: Member, shift_leader: Member
) -> None:
    story = await assigned(write, volunteer)
    asked = await does(
        write, story, sanitation_lead, "ask_extend", reason="weather", by={"kind": "work_hour", "amount": 2}
    )
    if asked.status == 422:
        reasons = asked.body["facts"]["reasons"]
        asked = await does(
            write, story, sanitation_lead, "ask_extend", reason=reasons[0], by={"kind": "work_hour", "amount": 2}
        )
    assert asked.status == 200, asked.body
    ticket = await row(write, story.ticket_id)
    assert ticket.tray_reason == "request_extend"
    async with write() as session:
        request = (
            await session.execute(select(RequestRow).where(RequestRow.ticket_id == story.ticket_id))
        ).scalar_one()
        assert request.outcome is None
    before = ticket.resolve_due_at
    granted = await does(write, story, shift_leader, "grant_extend", request_id=str(request.request_id))
    assert granted.status == 200, granted.body
    async with write() as session:
        request = (
            await session.execute(select(RequestRow).where(RequestRow.ticket_id == story.ticket_id))
        ).scalar_one()
        assert (request.outcome, request.decided_by_id) == ("granted", shift_leader.person_id)
    after = await row(write, story.ticket_id)
    assert before is not None
    assert after.resolve_due_at == before + timedelta(hours=2)
    assert after.tray_reason is None


async def test_units_workers_and_grids_that_are_not_there_are_named(
    write: Write, town: Town, volunteer: Member, dispatcher: Member, sanitation_lead: Member, property_lead: Member
) -> None:
    story = await assigned(write, volunteer)
    unknown = await does(write, story, dispatcher, "assign", unit_id=str(uuid4()), reason="试试")
    assert (unknown.status, unknown.body["code"]) == (422, "unit_unknown")
    stranger = await does(write, story, sanitation_lead, "hand_to", worker_id=str(property_lead.person_id))
    assert (stranger.status, stranger.body["code"]) == (422, "worker_unknown")


async def test_many_hands_on_one_ticket_leave_one_path_through_the_table(
    write: Write, town: Town, volunteer: Member, sanitation_lead: Member, sanitation_worker: Member, dispatcher: Member
) -> None:
    story = await assigned(write, volunteer)

    async def one(who: Member, type_: str, **body: object) -> int:
        async with write() as session:
            envelope = operation(type_, story.seen, **body)
            return (await act(session, who.actor, story.ticket_id, uuid4(), envelope, NOON)).status

    statuses = await asyncio.gather(
        one(sanitation_lead, "acknowledge"),
        one(sanitation_worker, "acknowledge"),
        one(dispatcher, "assign", unit_id=str(town.property_firm), reason="改派"),
        one(dispatcher, "assign", unit_id=str(town.neighbour_sanitation), reason="改派"),
        one(dispatcher, "note", text="一", audience="internal"),
        one(volunteer, "note", text="二", audience="unit"),
    )
    assert statuses.count(200) >= 3
    async with write() as session:
        versions = await session.execute(
            select(EntryRow.ticket_version)
            .where(EntryRow.ticket_id == story.ticket_id)
            .order_by(EntryRow.ticket_version)
        )
        found = [one for one in versions.scalars() if one is not None]
        assert found == list(range(1, len(found) + 1))
        open_turns = await session.execute(
            select(AssignmentRow).where(AssignmentRow.ticket_id == story.ticket_id, AssignmentRow.ended_at.is_(None))
        )
        assert len(open_turns.all()) == 1
