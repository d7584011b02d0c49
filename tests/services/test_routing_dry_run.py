"""Other rules tried on what was reported: which would have gone elsewhere, and nothing that did not."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

import filing
from cast import ESTATE, MARKET, SIDE, SOUTH, WEST, Town
from gridward.domain.accounts import program
from gridward.domain.errors import Forbidden
from gridward.domain.routing.choice import Doubt, Twin
from gridward.domain.routing.dry_run import Moved, way_kept
from gridward.domain.routing.route import route
from gridward.domain.routing.rules import By, Choose, Duty, Rule, RuleSet, When, Window, default_rules
from gridward.domain.territory import ServiceKind, UnitKind
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import ServiceAreaRow, UnitRow
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.routing import choose, dry_run
from gridward.services.routing.coverage import coverage_of
from gridward.services.tickets.report import file_report

Read = Callable[[], AbstractAsyncContextManager[ReadSession]]
Write = Callable[[], AbstractAsyncContextManager[WriteSession]]

DEFAULT = RuleSet(version=1, rules=default_rules(()))
TO_OFFICE = Rule(rule_id="all", name="都交兜底", when=When(), choose=Choose(by=By.last_resort))


@pytest.fixture
async def opened(town: Town, write: Write) -> Town:
    async with write() as session:
        await filing.open_town(session, town)
    return town


async def reported(write: Write, town: Town, at: tuple[float, float], now: datetime, **more: object) -> UUID:
    report_id = uuid4()
    async with write() as session:
        await file_report(
            session,
            town["volunteer"].actor,
            report_id,
            filing.report(at=at, now=now, **more),
            now,  # type: ignore[arg-type]
        )
    return report_id


async def tried(
    read: Read, town: Town, rules: RuleSet, now: datetime, days: int = 90, most: int = 1_000
) -> tuple[int, list[Moved]]:
    """All pages, each in a transaction of its own, as a screen asks for them."""
    span, after, count, found = dry_run.last_days(days, now), None, 0, []
    while True:
        async with read() as session:
            actor = town["system_admin"].actor
            page = await dry_run.dry_run_page(session, actor, rules, span, after=after, most=most)
        count += page.read
        found += page.moved
        if page.next is None:
            return count, found
        after = page.next


async def test_the_rules_in_force_move_nothing_and_others_say_what(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    swept, firm = await reported(write, opened, MARKET, now), await reported(write, opened, ESTATE, now)
    assert await tried(read, opened, DEFAULT, now + timedelta(hours=1)) == (2, [])
    only_estate = RuleSet(version=2, rules=(DEFAULT.rules[0], TO_OFFICE))
    read_, (moved,) = await tried(read, opened, only_estate, now + timedelta(hours=1))
    assert read_ == 2
    assert moved.past.ticket_id == swept != firm
    assert (moved.past.before.unit_id, moved.after.unit_id) == (opened.sanitation, opened.street_office)
    assert (moved.past.before.rule_name, moved.after.rule_name) == ("巷道归作业单位", "都交兜底")
    assert moved.past.grid_id == opened.grid_market


async def test_held_against_the_rules_and_not_against_where_the_dispatcher_sent_it(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    ticket = await reported(write, opened, MARKET, now)
    story = filing.Story(ticket, now)
    async with write() as session:
        await story.does(
            session,
            opened["dispatcher"],
            "assign",
            unit_id=str(opened.street_office),
            unit_kind="street",
            reason="清扫车坏了",
        )
    assert await tried(read, opened, DEFAULT, now + timedelta(hours=1)) == (1, [])


async def test_old_reports_are_asked_with_the_ground_of_their_day(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    await reported(write, opened, ESTATE, now)
    later = now + timedelta(days=3)
    async with write() as session:
        of_firm = ServiceAreaRow.unit_id == opened.property_firm
        await session.execute(update(ServiceAreaRow).where(of_firm).values(valid_to=now + timedelta(days=1)))
        await session.execute(
            update(UnitRow).where(UnitRow.unit_id == opened.sanitation).values(ended_at=now + timedelta(days=2))
        )
    assert await tried(read, opened, DEFAULT, later) == (1, []), "the firm answered there when it was reported"


async def test_only_the_days_asked_for_and_page_by_page(opened: Town, read: Read, write: Write, now: datetime) -> None:
    for day in range(4):
        await reported(write, opened, (MARKET[0], MARKET[1] + day * 0.0003), now + timedelta(days=day))
    everything = RuleSet(version=2, rules=(TO_OFFICE,))
    later = now + timedelta(days=3, hours=1)
    whole = await tried(read, opened, everything, later)
    assert (whole[0], len(whole[1])) == (4, 4)
    assert await tried(read, opened, everything, later, most=2) == whole
    assert await tried(read, opened, everything, later, most=1) == whole
    assert (await tried(read, opened, everything, later, days=2))[0] == 2


async def test_a_report_without_a_place_waits_under_any_rules(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    await reported(write, opened, None, now)  # type: ignore[arg-type]
    assert await tried(read, opened, RuleSet(version=2, rules=(TO_OFFICE,)), now + timedelta(hours=1)) == (1, [])


async def test_who_may_not_publish_or_lead_sees_no_tickets(opened: Town, read: Read, now: datetime) -> None:
    for who in ("dispatcher", "sanitation_lead", "volunteer", "audit_admin"):
        async with read() as session:
            with pytest.raises(Forbidden):
                await dry_run.dry_run_page(session, opened[who].actor, DEFAULT, dry_run.last_days(1, now))


CURIOUS = RuleSet(
    version=7,
    rules=(
        Rule(
            rule_id="night",
            name="n",
            when=When(window=Window(from_time=datetime.min.time().replace(hour=13), to_time=datetime.min.time())),
            choose=Choose(by=By.duty),
        ),
        *default_rules(()),
    ),
    duties=(Duty(category="litter_full", unit_kind=UnitKind.street),),
)


async def test_asked_by_the_thousand_they_say_what_they_say_one_by_one(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    """Random places, accuracies and kinds, urgent and in no grid as well: the batch against the single question."""
    chance = random.Random(20260901)
    kinds = [("litter_full", None), ("manhole", "manhole-missing"), ("manhole", None), ("lamp", None)]
    filed = {}
    for number in range(24):
        place = (WEST + chance.uniform(-0.2, 3.4) * SIDE, SOUTH + chance.uniform(-0.1, 1.1) * SIDE)
        category, condition = kinds[number % len(kinds)]
        more = {"category": category, "accuracy_m": chance.choice([3.0, 12.5, 40.0, 300.0])}
        if condition:
            more["condition_id"] = condition
        at = now + timedelta(minutes=number * 7)
        filed[await reported(write, opened, place, at, **more)] = (place, at, more)
    later = now + timedelta(hours=6)
    nothing = RuleSet(version=9, rules=())
    for rules in (CURIOUS, RuleSet(version=2, rules=(TO_OFFICE,)), nothing):
        _, found = await tried(read, opened, rules, later)
        after = {one.past.ticket_id: one.after for one in found}
        for ticket_id, (place, at, more) in filed.items():
            async with read() as session:
                kind, condition = await choose.kind_named(
                    session,
                    opened.jurisdiction_id,
                    str(more["category"]),
                    more.get("condition_id"),
                    at,  # type: ignore[arg-type]
                )
                gathered, _ = await choose.gather(
                    session,
                    jurisdiction_id=opened.jurisdiction_id,
                    category=kind,
                    condition=condition,
                    named=condition is not None,
                    place=choose.Place(lon=place[0], lat=place[1], accuracy_m=float(str(more["accuracy_m"]))),
                    at=at,
                    rule_set=rules,
                    except_ticket_id=ticket_id,
                )
            async with read() as session:
                kept = await session.scalar(select(TicketRow.routing).where(TicketRow.ticket_id == ticket_id))
            assert kept is not None
            twins = tuple(Twin(**{**twin, "ticket_id": UUID(twin["ticket_id"])}) for twin in kept["twins"])
            single = route(replace(gathered, twins=twins), rules)
            way = after.get(ticket_id) or way_kept(kept)
            assert way.unit_id == single.unit_id, (place, more)
            if ticket_id in after:
                assert way.doubts == tuple(single.doubts), (place, more)


async def test_the_towns_coverage_names_the_part_of_a_grid_that_nobody_sweeps(
    opened: Town, read: Read, write: Write, now: datetime
) -> None:
    async with read() as session:
        whole = await coverage_of(session, opened["system_admin"].actor, DEFAULT, at=now)
    assert (whole.gaps, whole.pairs % 3) == ((), 0)
    async with write() as session:
        of_sweepers = ServiceAreaRow.unit_id == opened.sanitation
        await session.execute(update(ServiceAreaRow).where(of_sweepers).values(valid_to=now))
    async with read() as session:
        found = await coverage_of(session, opened["dispatcher"].actor, DEFAULT, at=now)
    told = {(gap.grid_id, gap.doubt): gap.share for gap in found.gaps}
    assert told == {
        (opened.grid_market, Doubt.left_to_desk): pytest.approx(1.0),
        (opened.grid_estate, Doubt.left_to_desk): pytest.approx(0.5, abs=0.001),
    }
    by_area = Rule(rule_id="sweep", name="s", when=When(), choose=Choose(by=By.service_area, kind=ServiceKind.work))
    async with read() as session:
        found = await coverage_of(
            session, program(opened.jurisdiction_id, "cli"), RuleSet(version=1, rules=(by_area,)), at=now
        )
    assert {(gap.grid_id, gap.doubt) for gap in found.gaps} == {
        (opened.grid_market, Doubt.no_unit),
        (opened.grid_estate, Doubt.no_unit),
    }
