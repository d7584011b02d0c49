"""A typhoon over one community: limits stand still from–to for whoever is in it, told late or early, ended earlier or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cast import MARKET, NOON, RIVER, Member, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound
from gridward.persistence.tickets.rows import ClockRow, TicketRow
from gridward.services import suspensions
from gridward.services.suspensions import Wish
from gridward.services.tickets.sweep import sweep
from replaying import differences

FROM, TO = NOON + timedelta(hours=1), NOON + timedelta(hours=6)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def assigned(
    write: Write, who: Member, seed: int = 1, at: tuple[float, float] = MARKET, now: datetime = NOON
) -> Any:
    async with write() as session:
        photo = await deliver(session, who, seed)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        taken = await filed(
            session, who, report("manhole", condition_id="manhole-missing", at=at, photos=claim, now=now), now
        )
    return taken.ticket_id


async def overall(write: Write, ticket_id: UUID) -> Any:
    async with write() as session:
        assert await differences(session, ticket_id) == []
        query = select(ClockRow).where(ClockRow.ticket_id == ticket_id, ClockRow.kind == "overall")
        return (await session.execute(query)).scalar_one()


async def due(write: Write, ticket_id: UUID) -> datetime:
    found: datetime = (await overall(write, ticket_id)).due_at
    return found


def typhoon(*areas: UUID, **more: Any) -> Wish:
    said = {"from_at": FROM, "to_at": TO, "reason": "typhoon", "notice": "三防指挥部通告第 3 号", "categories": ()}
    return Wish(area_ids=areas, **{**said, **more})


async def spread(write: Write, now: datetime) -> int:
    total, more = 0, True
    while more:
        async with write() as session:
            done = await suspensions.spread(session, now, limit=2)
        total, more = total + done.tickets, done.more
    return total


async def test_limits_stand_still_where_and_when_it_was_said(
    write: Write, town: Town, volunteer: Member, supervisor: Member
) -> None:
    here = await assigned(write, volunteer)
    there = await assigned(write, town["neighbour_volunteer"], 2, RIVER)
    before, elsewhere = await due(write, here), await due(write, there)
    act = uuid4()
    async with write() as session:
        assert await suspensions.suspend(session, supervisor.actor, act, typhoon(town.community_id), now=NOON)
        assert not await suspensions.suspend(session, supervisor.actor, act, typhoon(town.community_id), now=NOON)
    assert await spread(write, NOON) == 1
    assert await spread(write, NOON) == 0
    assert await due(write, here) == before + (TO - FROM), "two urgent hours, one of them before it began"
    assert await due(write, there) == elsewhere


async def test_a_ticket_that_comes_while_it_lasts_stands_still_too(
    write: Write, town: Town, volunteer: Member, supervisor: Member
) -> None:
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, uuid4(), typhoon(categories=("manhole",)), now=NOON)
    late = FROM + timedelta(hours=1)
    ticket = await assigned(write, volunteer, now=late)
    assert await spread(write, late) == 1
    assert await due(write, ticket) == TO + timedelta(hours=2)


async def test_ended_early_the_rest_counts_again_and_taken_back_it_never_was(
    write: Write, town: Town, volunteer: Member, supervisor: Member
) -> None:
    ticket = await assigned(write, volunteer)
    before, act = await due(write, ticket), uuid4()
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, act, typhoon(), now=NOON)
    await spread(write, NOON)
    async with write() as session:
        assert await suspensions.change(session, supervisor.actor, act, FROM + timedelta(hours=2), now=FROM)
    assert await due(write, ticket) == before + timedelta(hours=5), "nobody has told the ticket yet"
    await spread(write, FROM)
    assert await due(write, ticket) == before + timedelta(hours=2)
    async with write() as session:
        assert await suspensions.change(session, supervisor.actor, act, NOON, now=FROM)
    await spread(write, FROM)
    assert await due(write, ticket) == before


async def test_a_breach_recorded_before_it_was_ordered_is_lifted(
    write: Write, town: Town, volunteer: Member, sanitation_lead: Member, supervisor: Member
) -> None:
    ticket = await assigned(write, volunteer)
    late = await due(write, ticket) + timedelta(minutes=10)
    async with write() as session:
        await sweep(session, late)
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, uuid4(), typhoon(), now=late)
    await spread(write, late)
    clock = await overall(write, ticket)
    assert (clock.breached_at, clock.lifted_at) == (None, late)


async def test_work_that_was_done_and_checked_meanwhile_is_judged_by_it_as_well(
    write: Write, town: Town, volunteer: Member, sanitation_lead: Member, steward: Member, supervisor: Member
) -> None:
    ticket = await assigned(write, volunteer)
    async with write() as session:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket))).scalar_one()
        story = Story(ticket, TO, sync.Seen(version=row.version, assignment_id=row.assignment_id))
        after = await deliver(session, sanitation_lead, 9)
        done = await story.does(
            session, sanitation_lead, "resolve", photos=[after], lon=MARKET[0], lat=MARKET[1], accuracy_m=9
        )
        assert done.body.get("status") == "resolved", done.body
        proof = await deliver(session, steward, 10)
        closed = await story.does(session, steward, "verify", way="spot", photos=[proof])
        assert closed.body.get("status") == "closed", closed.body
    assert (await overall(write, ticket)).breached_at is not None
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, uuid4(), typhoon(), now=TO)
    assert await spread(write, TO) == 1
    assert (await overall(write, ticket)).breached_at is None, "done at the end of the storm, an hour into two"


async def test_what_is_wrong_with_an_order_is_said(
    write: Write, town: Town, far_town: Town, dispatcher: Member, supervisor: Member
) -> None:
    async with write() as session:
        for code, wish in (
            ("suspension.no_span", typhoon(to_at=FROM)),
            ("suspension.no_notice", typhoon(notice="  ")),
            ("suspension.area_unknown", typhoon(far_town.community_id)),
            ("photos_missing", typhoon(photo="ab" * 32)),
        ):
            with pytest.raises(Malformed, match=code):
                await suspensions.suspend(session, supervisor.actor, uuid4(), wish, now=NOON)
        with pytest.raises(Forbidden):
            await suspensions.suspend(session, dispatcher.actor, uuid4(), typhoon(town.community_id), now=NOON)
        act = uuid4()
        await suspensions.suspend(session, supervisor.actor, act, typhoon(), now=NOON)
        with pytest.raises(Conflict, match="id_taken"):
            await suspensions.suspend(session, supervisor.actor, act, typhoon(notice="另一份"), now=NOON)
        with pytest.raises(NotFound):
            await suspensions.change(session, far_town["supervisor"].actor, act, TO, now=NOON)


async def test_what_it_would_touch_is_said_before_and_is_what_it_touches(
    write: Write, town: Town, volunteer: Member, dispatcher: Member, supervisor: Member
) -> None:
    late = await assigned(write, volunteer)
    await assigned(write, town["neighbour_volunteer"], 2, RIVER)
    async with write() as session:
        await sweep(session, await due(write, late) + timedelta(minutes=10))
    async with write() as session:
        (line,) = await suspensions.reached(session, supervisor.actor, typhoon(town.community_id))
        assert (line.community_id, line.category_code, line.open, line.closed) == (town.community_id, "manhole", 1, 0)
        assert line.breached == 1, "two hours after noon, and in the storm"
        assert len(await suspensions.reached(session, supervisor.actor, typhoon())) == 2
        assert await suspensions.reached(session, supervisor.actor, typhoon(categories=("lamp",))) == []
        with pytest.raises(Forbidden):
            await suspensions.reached(session, dispatcher.actor, typhoon(town.community_id))
        with pytest.raises(Malformed, match=r"suspension\.no_span"):
            await suspensions.reached(session, supervisor.actor, typhoon(to_at=FROM))
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, uuid4(), typhoon(town.community_id), now=NOON)
    assert await spread(write, NOON) == 1
