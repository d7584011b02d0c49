"""Figures: counted by hand for a small town, by other SQL for random lives, and the same after everything was rebuilt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from cast import ESTATE, MARKET, NOON, Town
from conftest import Read, Write
from counted_by_hand import by_hand, by_hand_of_units
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.accounts import program
from gridward.domain.standards import ClockKind, Weights
from gridward.domain.statistics.figures import figure, score
from gridward.domain.statistics.indices import BY_CODE, sets
from gridward.domain.tickets.past_times import DateOrder
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, complete, counts
from gridward.persistence.statistics.listing import Place, members
from gridward.persistence.statistics.sets import KINDS, SUMMED
from gridward.persistence.statistics.spreads import spreads
from gridward.persistence.territory.figures import Territory
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.tickets import auditing, past, past_batch
from gridward.services.tickets.past_ground import Wish
from gridward.services.tickets.rebuilding import rebuild
from gridward.services.tickets.supposing import Sum, Supposed
from gridward.services.tickets.sweep import sweep
from lives import lived
from past_files import READ_AT, WORDS, new_york, row, write_csv
from replaying import differences

SINCE = NOON - timedelta(days=1)
LATER = NOON + timedelta(days=30)


def asked(town: Town, at: datetime = LATER, **more: object) -> Asked:
    return Asked(
        jurisdiction_id=town.jurisdiction_id,
        since=SINCE,
        until=LATER + timedelta(days=1),
        at=at,
        time_zone="Asia/Shanghai",
        **more,  # type: ignore[arg-type]
    )


class Month:
    """The town's September as it is lived: each ticket by the hands that had it."""

    def __init__(self, write: Write, town: Town) -> None:
        self.write, self.town = write, town
        self.photos: dict[str, str] = {}
        self.seed = 0

    async def photo(self, who: str) -> str:
        if who not in self.photos:
            self.seed += 1
            async with self.write() as session:
                self.photos[who] = await deliver(session, self.town[who], self.seed)
        return self.photos[who]

    async def reported(self, at: tuple[float, float] = MARKET, category: str = "litter_full", **more: object) -> Story:
        claim = (sync.PhotoClaim(sha256=await self.photo("volunteer"), kind="before"),)
        async with self.write() as session:
            taken = await filed(
                session,
                self.town["volunteer"],
                report(category, at=at, photos=claim, **more),  # type: ignore[arg-type]
            )
            row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == taken.ticket_id))).scalar_one()
        return Story(taken.ticket_id, NOON, sync.Seen(version=row.version, assignment_id=row.assignment_id))

    async def put_right(self, at: tuple[float, float]) -> None:
        async with self.write() as session:
            before, after = [await deliver(session, self.town["volunteer"], number) for number in (31, 32)]
            photos = (sync.PhotoClaim(sha256=before, kind="before"), sync.PhotoClaim(sha256=after, kind="after"))
            seen = report(at=at, photos=photos, self_resolved=True, after_photo=after, done_note="顺手倒了")
            await filed(session, self.town["volunteer"], seen)

    async def does(self, story: Story, after: timedelta, who: str, intent: str, **more: object) -> None:
        story.now = NOON + after
        async with self.write() as session:
            answer = await story.does(session, self.town[who], intent, **more)
        assert answer.status == 200, answer.body

    async def resolved(self, story: Story, after: timedelta, who: str = "sanitation_lead") -> None:
        await self.does(story, after, who, "resolve", photos=[await self.photo(who)], note="办好了")

    async def verified(self, story: Story, after: timedelta) -> None:
        await self.does(story, after, "steward", "verify", way="spot", photos=[await self.photo("steward")])

    async def swept(self, at: datetime) -> None:
        more = True
        while more:
            async with self.write() as session:
                more = (await sweep(session, at)).more


@pytest.fixture
async def month(write: Write, town: Town) -> Month:
    async with write() as session:
        await open_town(session, town)
    return Month(write, town)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def place(number: int) -> tuple[float, float]:
    """Apart from one another, so that nothing is taken for a twin."""
    return MARKET[0] - 0.0009 + number * 0.00035, MARKET[1]


async def test_an_order_counts_on_the_unit_that_it_was_given_to(month: Month, town: Town, read: Read) -> None:
    ticket = await month.reported(place(0))
    await month.does(ticket, HOUR, "supervisor", "supervise", text="限期办理")
    await month.does(ticket, 2 * HOUR, "dispatcher", "assign", unit_id=str(town.property_firm), reason="是物业的")
    async with read() as session:
        of_units = await counts(session, asked(town), Group.unit)
    ordered = {unit: (of["order.made"], of["order.unanswered"]) for unit, of in of_units.items() if of["order.made"]}
    assert ordered == {str(town.sanitation): (1, 1)}, "whoever has the ticket now was ordered nothing"


async def test_a_month_counted_by_hand(month: Month, town: Town, read: Read) -> None:
    """Six bins that the rules sent out at once, one thing put right by its reporter, one that the desk sent out."""
    in_time, late, again, waits, forgotten = [await month.reported(place(number)) for number in range(5)]
    await month.resolved(in_time, HOUR)
    await month.verified(in_time, 2 * HOUR)
    await month.resolved(late, 10 * DAY)
    await month.verified(late, 10 * DAY + HOUR)
    await month.resolved(again, HOUR)
    await month.does(again, 2 * HOUR, "steward", "rework", reason="还在", photos=[await month.photo("steward")])
    await month.resolved(again, 3 * HOUR)
    await month.verified(again, 4 * HOUR)
    await month.resolved(waits, HOUR)
    await month.put_right(place(5))
    by_desk = await month.reported(ESTATE, "other", note="说不清")
    await month.does(by_desk, HOUR, "dispatcher", "accept", condition_id="lamp-dark", grid_id=str(town.grid_estate))
    await month.does(by_desk, HOUR, "dispatcher", "assign", unit_id=str(town.sanitation), reason="先看看")
    await month.does(by_desk, 2 * HOUR, "dispatcher", "assign", unit_id=str(town.property_firm), reason="是物业的")
    await month.does(by_desk, 3 * HOUR, "supervisor", "supervise", text="限期办理")
    told = {"taken_by": "冼经理", "call": "10:20 打电话，他说马上去"}
    await month.does(by_desk, 3 * HOUR, "dispatcher", "acknowledge", **told)
    await month.does(
        by_desk, 4 * HOUR, "supervisor", "rule_shirking", unit_id=str(town.sanitation), reason="明明在作业范围内"
    )
    await month.swept(LATER)

    async with read() as session:
        found = (await counts(session, asked(town)))[WHOLE]
        of_units = await counts(session, asked(town), Group.unit)
        assert await complete(session, town.jurisdiction_id)
        then, now = [await counts(session, asked(town, territory=territory), Group.grid) for territory in Territory]
    assert then == now, "no boundary has moved since"
    assert (then[str(town.grid_market)]["resolve.due"], then[str(town.grid_estate)]["resolve.due"]) == (4, 1)

    def shown(code: str) -> tuple[int, int | None]:
        one = figure(BY_CODE[code], found)
        return one.above, one.below

    assert found["file.by_rule"] == 5
    assert shown("filed_in_time") == (0, 1), "an hour is more than the quarter that the desk has"
    assert found["resolve.pending"] == 1, "done and not yet looked at: nobody's failure"
    assert shown("resolved_in_time") == (2, 5), "in time and again; late, forgotten, and the firm's lamp are not"
    assert shown("closed_in_time") == (2, 5 + 1)
    assert shown("closed") == (3, 6)
    assert shown("passed_at_first") == (2, 3)
    assert shown("reworked") == (1, 4)
    assert shown("dispatch_right") == (1, 2)
    assert shown("taken_back") == (1, None)
    assert shown("supervised") == (1, None)
    assert shown("shirked") == (1, None)
    assert of_units[str(town.sanitation)]["shirking.ruled"] == 1, (
        "on the unit that was ruled about, not on whose it is now"
    )
    assert shown("for_unit") == (1, 11), "five times taken and resolved, and one call that the desk noted"
    assert (found["ticket.desk_steps"], found["ticket.link_steps"]) == (1, 0)
    assert found["order.unanswered"] == 1
    assert found["open.all"] == 3
    # (2/6)·50 + (3/6)·30 + (1 − 1/4)·10 + (10 − ½ − 1)
    assert score(found, Weights()) == Fraction(100, 6) + 15 + Fraction(15, 2) + Fraction(17, 2)
    firm = of_units[str(town.property_firm)]
    assert (firm["resolve.in_time"], firm["resolve.due"]) == (0, 1)
    assert sum(one["resolve.due"] for one in of_units.values()) == found["resolve.due"]
    assert {forgotten.ticket_id, late.ticket_id, by_desk.ticket_id} == {
        one.ticket_id for one in await listed(read, town, "resolve.late")
    }


async def test_what_was_shelved_twice_lay_on_the_shelf_both_times(month: Month, town: Town, read: Read) -> None:
    story = await month.reported()
    photos, form = [await month.photo("sanitation_lead")], [await month.photo("supervisor")]

    async def shelved(after: timedelta) -> None:
        until = (NOON + after + 20 * DAY).isoformat()
        await month.does(story, after, "sanitation_lead", "ask_shelve", reason="money", until=until, photos=photos)
        request_id = story.last.body["op_id"] if story.last else ""
        await month.does(story, after, "supervisor", "grant_shelve", request_id=request_id, form=form)

    await shelved(HOUR)
    await month.does(story, 3 * DAY, "sanitation_lead", "resume")
    await shelved(6 * DAY)
    await month.swept(LATER)
    async with read() as session:
        for days, n in ((0, 0), (1, 1), (4, 0), (7, 1), (27, 0)):
            question = replace(asked(town), until=NOON + days * DAY)
            found = (await counts(session, question))[WHOLE]
            assert found["shelved.standing"] == found["ticket.shelved"] == n, days
            opened = await members(session, question, "shelved.standing", None, 10)
            assert [one.at for one in opened] == [NOON + (HOUR if days == 1 else 6 * DAY)] * n


async def test_a_step_of_a_trend_opens_what_it_counted(month: Month, town: Town, read: Read) -> None:
    """Sent out on one day, taken back on the next: by the end of its own day nothing was taken back yet."""
    moved, stays = await month.reported(place(0)), await month.reported(place(1))
    await month.does(moved, DAY, "dispatcher", "assign", unit_id=str(town.property_firm), reason="是物业的")
    midnight = NOON.replace(hour=16) - DAY
    steps = {"2026-09-01": (midnight, midnight + DAY), "2026-09-02": (midnight + DAY, midnight + 2 * DAY)}
    names = ("turn.taken_back", "turn.by_rule", "turn.made")
    async with read() as session:
        by_day = await counts(session, asked(town), Group.day, names)
        assert {day: found["turn.taken_back"] for day, found in by_day.items()} == {"2026-09-01": 1, "2026-09-02": 0}
        for day, step in steps.items():
            for name in names:
                opened = await members(session, asked(town, step=step), name, None, 10)
                assert len(opened) == by_day[day][name], (day, name)
        (back,) = await members(session, asked(town, step=steps["2026-09-01"]), "turn.taken_back", None, 10)
        start, end = steps["2026-09-01"]
        alone = replace(asked(town), since=start, until=end)
        assert await members(session, alone, "turn.taken_back", None, 10) == []
    assert back.ticket_id == moved.ticket_id != stays.ticket_id


async def listed(read: Read, town: Town, name: str, size: int = 2) -> list[Place]:
    """All of a set, page by page."""
    found: list[Place] = []
    while True:
        async with read() as session:
            page = await members(session, asked(town), name, found[-1] if found else None, size)
        found += [one.place for one in page]
        if len(page) < size:
            return found


async def test_random_lives_count_as_other_sql_counts_them(
    write: Write, read: Read, town: Town, far_town: Town
) -> None:
    compared = 0
    for seed, home in enumerate((town, far_town)):
        async with write() as session:
            await open_town(session, home)
        life = await lived(write, home, seed + 11, 110)
        async with read() as session:
            found = (await counts(session, asked(home, life.now)))[WHOLE]
            # Everything went on afterwards: what was so at the end of an earlier period is told as it was.
            for eighth in range(1, 9):
                end = SINCE + (life.now - SINCE) * eighth / 8
                question = replace(asked(home, life.now), until=end)
                wanted = await by_hand(session, home.jurisdiction_id, SINCE, end, end)
                assert differ((await counts(session, question))[WHOLE], wanted) == {}, "set: (ours, by hand)"
                of_units = await counts(session, question, Group.unit)
                by_units = await by_hand_of_units(session, home.jurisdiction_id, SINCE, end, end)
                for unit, of in by_units.items():
                    assert differ(of_units.get(unit, dict.fromkeys(of, 0)), of) == {}, (unit, end)
        assert {name for name, n in found.items() if n and name.startswith(("ticket.", "resolve.", "file."))}
        compared += len(wanted)
        for name in sets():
            if name not in SUMMED:
                assert len(await all_of(read, asked(home, life.now), name)) == found[name], name
    assert compared > 60


def differ(ours: dict[str, int], wanted: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {name: (ours[name], n) for name, n in wanted.items() if name in ours and ours[name] != n}


async def test_by_the_same_rule_everything_is_counted_as_the_figures_count_it(
    write: Write, read: Read, town: Town
) -> None:
    async with write() as session:
        await open_town(session, town)
    life = await lived(write, town, 15, 110)
    question = asked(town, life.now)
    again = Supposed(question.since, question.until)
    async with read() as session:
        found = (await counts(session, question))[WHOLE]
        async for page in auditing.pages(session, town.jurisdiction_id, question.since, question.until):
            for ticket in page.tickets:
                assert not any(one.changes_sides for one in again.add(ticket, page.terms, page.terms, life.now))
    for kind in KINDS:
        sums = again.sums.get(kind, Sum())
        assert (sums.on_time, sums.due) == (sums.other_on_time, sums.other_due), kind
        assert (sums.on_time, sums.due) == (found[f"{kind.value}.in_time"], found[f"{kind.value}.due"]), kind
    assert again.sums[ClockKind.RESOLVE].due > again.sums[ClockKind.RESOLVE].on_time > 0


async def all_of(read: Read, question: Asked, name: str) -> list[UUID]:
    async with read() as session:
        return [one.ticket_id for one in await members(session, question, name, None, 10_000)]


async def test_another_systems_past_has_counts_of_its_own(write: Write, read: Read, tmp_path: Path) -> None:
    """Of forty rows twenty came closed, five of them after they were due; none of it is counted as ours."""
    async with write() as session:
        city = await new_york(session, "NYC figures")
    late = {"Closed Date": "06/30/2025 08:00:00 PM", "Due Date": "03/20/2025 08:00:00 AM"}
    open_one = {"Closed Date": "", "Due Date": "06/30/2025 08:00:00 AM"}
    kinds = [late] * 5 + [{}] * 15 + [open_one] * 20
    path = write_csv(tmp_path / "past.csv", [row(number, **kind) for number, kind in enumerate(kinds)])
    reading = past.read_file(
        path, Wish(time_zone="America/New_York", crs="WGS-84", categories=WORDS, dates=DateOrder.month_first), READ_AT
    )
    async with read() as session:
        found = await past.judge_file(session, city.jurisdiction_id, reading, READ_AT)
    assert len(found.judged.ready) == 40
    async with write() as session:
        under = await past_batch.begin_batch(session, city.jurisdiction_id, reading, "past", READ_AT)
        await past_batch.put_in(session, program(city.jurisdiction_id, "cli"), under, found.judged.ready, READ_AT)
    question = Asked(
        jurisdiction_id=city.jurisdiction_id,
        since=READ_AT - timedelta(days=2_000),
        until=READ_AT,
        at=READ_AT,
        time_zone="America/New_York",
    )
    async with read() as session:
        whole = (await counts(session, question))[WHOLE]
        by_hand_n, closed, in_time = (
            await session.execute(
                text(
                    "SELECT count(*), count(*) FILTER (WHERE d ? 'closed_at'), "
                    "count(*) FILTER (WHERE (d ->> 'closed_at')::timestamptz <= (d ->> 'due_at')::timestamptz) "
                    "FROM (SELECT detail AS d FROM entry WHERE jurisdiction_id = :j AND verb = 'ticket.imported' "
                    "AND detail ->> 'status' <> 'received') past"
                ),
                {"j": city.jurisdiction_id},
            )
        ).one()
    assert (whole["past.accepted"], whole["past.closed"], whole["past.closed_in_time"]) == (by_hand_n, closed, in_time)
    assert (closed, in_time) == (20, 15)
    assert whole["ticket.accepted"] == whole["resolve.due"] == whole["file.due"] == 0


async def test_what_was_thrown_away_and_made_again_gives_the_same_figures(write: Write, read: Read, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)
    life = await lived(write, town, 5, 80)
    question = asked(town, life.now)

    async def told() -> tuple[object, ...]:
        async with read() as session:
            spread = [(one.kind, one.n, one.counts, one.half_s) for one in await spreads(session, question)]
            groups = [await counts(session, question, group) for group in (Group.none, Group.unit, Group.day)]
            why = await session.execute(
                text("SELECT assignment_id, routing FROM assignment WHERE jurisdiction_id = :j ORDER BY 1"),
                {"j": town.jurisdiction_id},
            )
            return (*groups, spread, [tuple(row) for row in why])

    before = await told()
    async with write() as session:
        for table in ("clock", "request", "ticket_round"):
            await session.execute(text(f"DELETE FROM {table} WHERE jurisdiction_id = :j"), {"j": town.jurisdiction_id})
        await session.execute(
            update(TicketRow)
            .where(TicketRow.jurisdiction_id == town.jurisdiction_id)
            .values(status="closed", is_open=False, due_at=None, breached_at=None, tray_reason=None, version=0)
        )
    assert await told() != before
    async with read() as session:
        assert not await complete(session, town.jurisdiction_id), "nobody takes half the figures for all of them"
    after, made = None, 0
    while True:
        async with write() as session:
            done = await rebuild(session, town.jurisdiction_id, after, life.now, limit=4)
        after, made = done.last, made + done.tickets
        if after is None:
            break
    assert made >= 6
    assert await told() == before
    async with write() as session:
        for ticket_id in await life.family(session, everything=True):
            assert await differences(session, ticket_id) == []
