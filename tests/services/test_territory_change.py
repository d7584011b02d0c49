"""Boundaries that change from a day on: shown first, made whole or not at all, and the past stays as it was.

The market of 雪圃社区 and its garden estate become one grid, are cut apart, give ground to one another.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text

import build
import filing
from cast import ESTATE, LANE, MARKET, NOON, SIDE, SINCE, SOUTH, WEST, Town
from gridward.domain.accounts import ScopeKind, Subject, may
from gridward.domain.errors import Conflict, Forbidden, Malformed, Refusal
from gridward.domain.routing.rules import By, Choose, Rule, RuleSet, When
from gridward.domain.territory_change import ChangeKind, Consent, Wanted
from gridward.domain.territory_preview import Preview
from gridward.persistence.accounts.sessions import of_person
from gridward.persistence.changes import ChangeRow
from gridward.persistence.entries import EntryRow, new_id
from gridward.persistence.patrols import plans
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.territory.queries import locate, stewards_of
from gridward.persistence.territory.rows import BuildingRow, GridRow, StewardshipRow
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.patrols import planning
from gridward.services.routing import publish as rule_publishing
from gridward.services.territory import change
from gridward.services.territory.proposing import Proposal

MARKET_CODE, ESTATE_CODE, RIVER_CODE = "440605001001001", "440605001001002", "440605001002001"
TODAY, NEXT_MONTH = date(2026, 9, 1), date(2026, 10, 1)
IN_OCTOBER = datetime.fromisoformat("2026-10-01T00:00:00+08:00")


def ground(first: float, last: float, south: float = 0.0, north: float = 1.0) -> BaseGeometry:
    """A strip of the town, in sides of a grid from its western edge."""
    return box(WEST + first * SIDE, SOUTH + south * SIDE, WEST + last * SIDE, SOUTH + north * SIDE)


def merge(into: str = "440605001001009", on: date = TODAY, **more: Any) -> Proposal:
    wanted = (Wanted(code=into, name="集市花园网格"),)
    return Proposal(kind=ChangeKind.merge, on=on, grids=(MARKET_CODE, ESTATE_CODE), wanted=wanted, **more)


def redraw(on: date = TODAY, **shapes: BaseGeometry) -> Proposal:
    """``redraw(market=…, estate=…)``."""
    codes = {"market": MARKET_CODE, "estate": ESTATE_CODE, "river": RIVER_CODE}
    wanted = tuple(Wanted(code=codes[name], geometry=shape) for name, shape in shapes.items())
    return Proposal(kind=ChangeKind.redraw, on=on, wanted=wanted)


def split(*parts: Wanted, on: date = TODAY, **more: Any) -> Proposal:
    return Proposal(kind=ChangeKind.split, on=on, grids=(MARKET_CODE,), wanted=parts, **more)


class Office:
    """The administrator of a town, and what stands in it."""

    def __init__(self, town: Town, write: Any, read: Any) -> None:
        self.town, self.write, self.read = town, write, read
        self.actor = town["system_admin"].actor

    async def preview(self, proposal: Proposal, now: datetime = NOON) -> Preview:
        async with self.write() as session:
            return await change.preview(session, self.actor, proposal, now)

    async def publish(self, proposal: Proposal, *consents: Consent, now: datetime = NOON) -> Preview:
        shown = await self.preview(proposal, now)
        async with self.write() as session:
            await change.publish(session, self.actor, proposal, seen=shown.seen, consents=consents, now=now)
        return shown

    async def effect(self, now: datetime) -> bool:
        async with self.write() as session:
            return await change.take_effect(session, now)

    async def grid_at(self, place: tuple[float, float], at: datetime = NOON) -> str | None:
        async with self.read() as session:
            found = await locate(session, self.town.jurisdiction_id, *place, 5.0, at)
        return found.grid.code if found.grid else None

    async def house_at(self, name: str) -> str | None:
        async with self.read() as session:
            query = (
                select(GridRow.code)
                .select_from(BuildingRow)
                .outerjoin(GridRow, GridRow.grid_id == BuildingRow.grid_id)
                .where(BuildingRow.jurisdiction_id == self.town.jurisdiction_id, BuildingRow.name == name)
            )
            return (await session.execute(query)).scalar_one()

    async def column(self, query: Any) -> list[Any]:
        async with self.read() as session:
            return list((await session.execute(query)).scalars())


@pytest.fixture
async def office(town: Town, write: Any, read: Any) -> Office:
    async with write() as session:
        await filing.open_town(session, town)
        await build.building(session, town.jurisdiction_id, "集市一座", *MARKET, town.grid_market)
    return Office(town, write, read)


async def file(office: Office, at: tuple[float, float], now: datetime = NOON) -> UUID:
    async with office.write() as session:
        volunteer = office.town["volunteer"]
        photo = filing.sync.PhotoClaim(sha256=await filing.deliver(session, volunteer, now=now), kind="close")
        envelope = filing.report(at=at, now=now, photos=(photo,))
        return (await filing.filed(session, volunteer, envelope, now)).ticket_id


async def grid_of(office: Office, ticket_id: UUID) -> str:
    query = select(GridRow.code).join(TicketRow, TicketRow.grid_id == GridRow.grid_id)
    return (await office.column(query.where(TicketRow.ticket_id == ticket_id)))[0]


async def test_a_preview_says_what_would_move_and_moves_nothing(office: Office) -> None:
    await file(office, ESTATE)
    shown = await office.preview(redraw(market=ground(0, 1.9), estate=ground(1.9, 2)))
    assert [(one.from_code, one.to_code, one.things) for one in shown.buildings] == [(ESTATE_CODE, MARKET_CODE, 1)]
    lines = {line.code: line for line in shown.lines}
    assert lines[MARKET_CODE].gained_m2 == pytest.approx(0.9 * lines[ESTATE_CODE].before_m2, rel=1e-4)
    assert lines[ESTATE_CODE].lost_m2 == pytest.approx(lines[MARKET_CODE].gained_m2, rel=1e-6)
    assert [(one.code, one.open, one.elsewhere) for one in shown.tickets] == [(MARKET_CODE, 0, 0), (ESTATE_CODE, 1, 1)]
    assert {one.unit_name for one in shown.service_areas} == {"环卫一队", "雪圃花园物业"}
    assert (shown.faults, shown.needs, shown.gaps) == ((), (), ())
    assert await office.grid_at(LANE) == ESTATE_CODE
    assert await office.house_at("花园一座") == ESTATE_CODE
    assert await office.column(text("SELECT count(*) FROM staged_feature")) == [0]


async def test_a_boundary_from_a_day_to_come_holds_from_that_day(office: Office) -> None:
    before = await file(office, ESTATE)
    await office.publish(redraw(on=NEXT_MONTH, market=ground(0, 1.9), estate=ground(1.9, 2)))
    the_evening_before, that_day = IN_OCTOBER - timedelta(seconds=1), IN_OCTOBER + timedelta(hours=9)
    assert await office.grid_at(ESTATE, the_evening_before) == ESTATE_CODE
    assert await office.grid_at(ESTATE, IN_OCTOBER) == MARKET_CODE
    assert await office.house_at("花园一座") == ESTATE_CODE
    assert not await office.effect(the_evening_before)

    assert await office.effect(that_day)
    assert not await office.effect(that_day), "it takes effect once"
    assert await office.house_at("花园一座") == MARKET_CODE
    # A report sent after that day is filed where the place lies on the day it comes in, whenever it was taken.
    async with office.write() as session:
        late = filing.report(at=ESTATE, now=that_day, captured_at=the_evening_before)
        filed = await filing.filed(session, office.town["volunteer"], late, that_day)
    assert await grid_of(office, filed.ticket_id) == MARKET_CODE
    assert await grid_of(office, before) == ESTATE_CODE, "an old ticket keeps its grid"


async def test_a_new_name_is_taken_today_and_refused_for_a_day_to_come(office: Office) -> None:
    """Names are kept as of now: one that was to come would be forgotten with the file."""
    to_come = redraw(on=NEXT_MONTH, market=ground(0, 1.9), estate=ground(1.9, 2))
    renamed = replace(to_come, wanted=(replace(to_come.wanted[0], name="新集市"), to_come.wanted[1]))
    with pytest.raises(Refusal) as refused:
        await office.publish(renamed)
    assert [(one["code"], one["text"]) for one in refused.value.facts["faults"]] == [("grid_field_later", MARKET_CODE)]
    await office.publish(replace(renamed, on=TODAY))
    named = select(GridRow.name).where(GridRow.grid_id == office.town.grid_market)
    assert await office.column(named) == ["新集市"]


async def test_phones_are_told_when_it_is_published_and_when_it_takes_effect(office: Office) -> None:
    await office.publish(redraw(on=NEXT_MONTH, market=ground(0, 1.9), estate=ground(1.9, 2)))
    told = select(ChangeRow.scope).where(
        ChangeRow.jurisdiction_id == office.town.jurisdiction_id, ChangeRow.entity == "territory"
    )
    both = [f"community:{office.town.community_id}", f"jurisdiction:{office.town.jurisdiction_id}"]
    assert sorted(await office.column(told)) == both
    await office.effect(IN_OCTOBER)
    assert sorted(await office.column(told)) == sorted(both * 2)
    verbs = await office.column(
        select(EntryRow.verb).where(
            EntryRow.jurisdiction_id == office.town.jurisdiction_id, EntryRow.subject == "territory_change"
        )
    )
    assert verbs == ["territory.changed", "territory.took_effect"]


async def test_two_grids_become_one_and_everything_that_named_them_goes_on(office: Office) -> None:
    town = office.town
    ticket_id = await file(office, MARKET)
    async with office.write() as session:
        together = Rule(
            rule_id="old_town",
            name="老城",
            when=When(grids=frozenset({town.grid_market, town.grid_estate})),
            choose=Choose(by=By.unit, unit_id=town.sanitation),
        )
        current = await current_rules(session, town.jurisdiction_id)
        rules = replace(current, version=2, rules=(together, *current.rules))
        await rule_publishing.keep(session, office.actor, rules, now=NOON)

    shown = await office.publish(merge())
    assert shown.succession == ((MARKET_CODE, "440605001001009"), (ESTATE_CODE, "440605001001009"))
    assert [(one.name, one.was_lead, one.is_lead) for one in shown.stewards] == [
        ("麦网格长", True, True),
        ("李网格", False, False),
    ]
    assert [(one.place, one.carried) for one in shown.rules] == [("old_town", True)]
    assert await office.grid_at(MARKET, NOON) == await office.grid_at(ESTATE, NOON) == "440605001001009"
    assert await office.house_at("花园一座") == "440605001001009"

    [made] = await office.column(
        select(GridRow.grid_id).where(
            GridRow.jurisdiction_id == town.jurisdiction_id, GridRow.code == "440605001001009"
        )
    )
    assert (await office.column(select(TicketRow.unit_id).where(TicketRow.ticket_id == ticket_id))) == [town.sanitation]
    assert await grid_of(office, ticket_id) == MARKET_CODE
    async with office.read() as session:
        looks_after = await stewards_of(session, town.grid_market, NOON)
        steward = await of_person(session, town["steward"].person_id, NOON)
        lead = await of_person(session, town["lead_steward"].person_id, NOON)
        rules_now = await current_rules(session, town.jurisdiction_id)
    assert {one.person_id for one in looks_after} == {town["steward"].person_id, town["lead_steward"].person_id}
    assert steward is not None
    assert steward.grids == {made, town.grid_market, town.grid_estate}
    assert [grant.scope_id for grant in steward.grants] == [made]
    actor = replace(town["steward"].actor, grants=steward.grants, grids=steward.grids)
    old = Subject(jurisdiction_id=town.jurisdiction_id, grid_id=town.grid_market, community_id=town.community_id)
    assert may(actor, "ticket:verify", old), "the successor's steward checks what is left of the old grid"
    assert lead is not None
    assert rules_now.rules[0].when.grids == {made}


async def test_a_merge_to_come_keeps_the_old_grids_working_until_then(office: Office) -> None:
    town = office.town
    async with office.write() as session:
        current = await current_rules(session, town.jurisdiction_id)
        rule = Rule(
            rule_id="old_town",
            name="老城",
            when=When(grids=frozenset({town.grid_market, town.grid_estate})),
            choose=Choose(by=By.unit, unit_id=town.sanitation),
        )
        rules = RuleSet(version=2, rules=(rule, *current.rules))
        await rule_publishing.keep(session, office.actor, rules, now=NOON)
    await office.publish(merge(on=NEXT_MONTH))
    async with office.read() as session:
        named = (await current_rules(session, town.jurisdiction_id)).rules[0].when.grids
        steward = await of_person(session, town["steward"].person_id, NOON)
    assert named is not None
    assert len(named) == 3
    assert steward is not None
    assert steward.grids == {town.grid_market}
    await office.effect(IN_OCTOBER)
    async with office.read() as session:
        left = (await current_rules(session, town.jurisdiction_id)).rules[0].when.grids
        later = await of_person(session, town["steward"].person_id, IN_OCTOBER)
    assert left == named - {town.grid_market, town.grid_estate}
    assert later is not None
    assert later.grids >= {town.grid_market}


async def test_patrol_plans_go_on_in_what_their_grids_become(office: Office) -> None:
    """The market's plan is changed on the eve of the day, follows it, and can be changed on the morning after."""
    town, leader = office.town, office.town["shift_leader"].actor
    plan_id, gate_id = new_id(), new_id()
    gate = planning.CheckpointWish(checkpoint_id=gate_id, name="东门", lon=MARKET[0], lat=MARKET[1], fence_m=30.0)
    rota = {
        "cycle_days": 1,
        "anchor_on": TODAY.isoformat(),
        "shifts": [{"name": "早班", "starts": "08:00", "minutes": 120}],
        "teams": [{"name": "一组", "members": [str(town["steward"].person_id)]}],
        "turns": [{"day": 0, "shift": 0, "team": 0}],
        "grace_minutes": 30,
    }

    async def keep(version: int, grids: list[UUID], now: datetime, name: str = "集市巡查") -> int:
        wish = planning.PlanWish(
            version=version,
            community_id=town.community_id,
            name=name,
            grid_ids=grids,
            rota=rota,
            checkpoints=[gate],
        )
        async with office.write() as session:
            return await planning.keep(session, leader, plan_id, wish, now)

    async def stands() -> tuple[int, list[str], str | None]:
        """Version, codes of the plan's grids, code of the checkpoint's."""
        async with office.read() as session:
            plan = await plans.plan(session, plan_id)
            assert plan is not None
            [point] = await plans.checkpoints(session, town.jurisdiction_id, plan_ids=[plan_id])
            query = select(GridRow.grid_id, GridRow.code).where(GridRow.grid_id.in_([*plan.grid_ids, point.grid_id]))
            codes = {row.grid_id: row.code for row in await session.execute(query)}
        return plan.version, [codes[one] for one in plan.grid_ids], codes.get(point.grid_id)

    both = [town.grid_market, town.grid_estate]
    assert await keep(0, both, NOON) == 1
    await office.publish(merge(on=NEXT_MONTH))
    assert await keep(1, both, NOON, "集市午间巡查") == 2, "until its day a grid that will end can be planned"
    assert await office.effect(IN_OCTOBER)
    version, grids, of_gate = await stands()
    assert (version, grids, of_gate) == (3, ["440605001001009"], "440605001001009")
    async with office.read() as session:
        plan = await plans.plan(session, plan_id)
        assert plan is not None
        told = select(ChangeRow.scope).where(ChangeRow.entity == "patrol_plan", ChangeRow.version == 3)
        scopes = list(await session.scalars(told))
    assert scopes == [f"person:{town['steward'].person_id}"], "the phone that walks there hears of it"
    assert plan.changed_at < IN_OCTOBER, "no shift of it has changed"
    assert await keep(3, list(plan.grid_ids), IN_OCTOBER + timedelta(hours=8)) == 4


async def test_a_grid_takes_up_another_under_its_own_code(office: Office) -> None:
    shown = await office.publish(merge(into=ESTATE_CODE))
    assert [(line.code, line.is_new, line.ends) for line in shown.lines] == [
        (MARKET_CODE, False, True),
        (ESTATE_CODE, False, False),
    ]
    assert await office.grid_at(MARKET) == ESTATE_CODE
    holders = await office.column(
        select(StewardshipRow.is_lead).where(
            StewardshipRow.grid_id == office.town.grid_estate, StewardshipRow.valid_to.is_(None)
        )
    )
    assert sorted(holders) == [False, True], "its lead stays, the other's steward comes in beside"


async def test_a_split_by_a_line_gives_everybody_both_parts(office: Office) -> None:
    middle = WEST + 0.5 * SIDE
    parts = (Wanted(code="a1", name="西"), Wanted(code="a2", name="东"))
    line = ((middle, SOUTH - 0.001), (middle, SOUTH + SIDE + 0.001))
    shown = await office.publish(split(*parts, line=line))
    assert shown.succession == ((MARKET_CODE, "a1"), (MARKET_CODE, "a2"))
    assert await office.grid_at((WEST + 0.2 * SIDE, MARKET[1])) == "a1"
    assert await office.grid_at((WEST + 0.8 * SIDE, MARKET[1])) == "a2"
    async with office.read() as session:
        steward = await of_person(session, office.town["steward"].person_id, NOON)
    assert steward is not None
    assert {grant.scope_kind for grant in steward.grants} == {ScopeKind.grid}
    assert len(steward.grants) == 2
    assert len(steward.grids) == 3

    # What came of it is merged again: its steward still looks after tickets of the very first grid.
    later = NOON + timedelta(days=1)
    proposal = Proposal(
        kind=ChangeKind.merge, on=later.date(), grids=("a1", "a2"), wanted=(Wanted(code="b", name="又是一个"),)
    )
    await office.publish(proposal, now=later)
    async with office.read() as session:
        again = await of_person(session, office.town["steward"].person_id, later)
    assert again is not None
    assert office.town.grid_market in again.grids
    assert len(again.grids) == 4


async def test_a_rule_that_names_one_of_two_is_refused_with_its_place(office: Office) -> None:
    async with office.write() as session:
        current = await current_rules(session, office.town.jurisdiction_id)
        alone = Rule(
            rule_id="market_only",
            name="只管集市",
            when=When(grids=frozenset({office.town.grid_market})),
            choose=Choose(by=By.tray),
        )
        rules = replace(current, version=2, rules=(alone, *current.rules))
        await rule_publishing.keep(session, office.actor, rules, now=NOON)
    shown = await office.preview(merge())
    assert [(one.code, one.place, one.text) for one in shown.faults] == [
        ("rule_names_part", "market_only", ESTATE_CODE)
    ]
    with pytest.raises(Refusal, match="territory_refused"):
        await office.publish(merge())
    assert await office.grid_at(MARKET) == MARKET_CODE
    assert await office.column(select(GridRow.valid_to).where(GridRow.grid_id == office.town.grid_market)) == [None]


async def test_two_leads_need_a_word_who_leads_on(office: Office) -> None:
    async with office.write() as session:
        person_id = await build.person(session, office.town.jurisdiction_id, "岑网格长", since=SINCE)
        await build.stewardship(
            session, office.town.jurisdiction_id, office.town.grid_market, person_id, since=SINCE, is_lead=True
        )
    assert [one.code for one in (await office.preview(merge())).faults] == ["several_leads"]
    shown = await office.publish(merge(lead_of=MARKET_CODE))
    assert [one.name for one in shown.stewards if one.is_lead] == ["岑网格长"]


async def test_who_leads_both_leads_the_one_they_become(office: Office) -> None:
    town = office.town
    async with office.write() as session:
        lead = town["lead_steward"].person_id
        await build.stewardship(session, town.jurisdiction_id, town.grid_market, lead, since=SINCE, is_lead=True)
    shown = await office.publish(merge())
    assert [(one.name, one.is_lead) for one in shown.stewards] == [("麦网格长", True), ("李网格", False)]


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ({"market": ground(0, 1.5)}, "overlaps_neighbour"),
        ({"market": box(SOUTH, WEST, SOUTH + SIDE, WEST + SIDE)}, "lat_lon_swapped"),
        ({"market": box(371_065.0, 75_459.0, 371_700.0, 76_100.0)}, "not_degrees"),
        ({"market": box(WEST + 5, SOUTH, WEST + 5 + SIDE, SOUTH + SIDE)}, "boundary_far_away"),
    ],
)
async def test_boundaries_that_cannot_be_meant_are_named(office: Office, shapes: dict[str, Any], code: str) -> None:
    shown = await office.preview(redraw(**shapes))
    assert code in {one.code for one in shown.faults}
    assert all(one.place for one in shown.faults)
    with pytest.raises(Refusal, match="territory_refused"):
        await office.publish(redraw(**shapes), Consent.outside)
    assert await office.grid_at(MARKET) == MARKET_CODE


async def test_houses_left_in_no_grid_are_named_and_need_a_word(office: Office) -> None:
    shrunk = redraw(estate=ground(1, 1.5))
    shown = await office.preview(shrunk)
    assert (shown.buildings_outside, [one.name for one in shown.outside]) == (1, ["花园一座"])
    assert [one.code for one in shown.gaps] == [ESTATE_CODE]
    assert shown.gaps[0].area_m2 == pytest.approx(shown.lines[0].before_m2 / 2, rel=1e-3)
    assert shown.needs == (Consent.outside,)
    with pytest.raises(Refusal) as refused:
        await office.publish(shrunk)
    assert (refused.value.code, refused.value.facts["needs"]) == ("consent_needed", ["outside"])
    await office.publish(shrunk, Consent.outside)
    assert await office.house_at("花园一座") is None


async def test_a_day_that_is_over_needs_a_word_and_leaves_tickets_alone(office: Office) -> None:
    kept = await file(office, ESTATE, NOON - timedelta(days=5))
    past = redraw(on=date(2026, 8, 20), market=ground(0, 1.9), estate=ground(1.9, 2))
    shown = await office.preview(past)
    assert (shown.past, shown.needs, shown.received_since) == (True, (Consent.past,), 1)
    with pytest.raises(Refusal, match="consent_needed"):
        await office.publish(past)
    await office.publish(past, Consent.past)
    assert await grid_of(office, kept) == ESTATE_CODE
    assert await office.house_at("花园一座") == MARKET_CODE
    assert await office.grid_at(ESTATE, NOON - timedelta(days=5)) == MARKET_CODE
    assert await office.grid_at(ESTATE, NOON - timedelta(days=20)) == ESTATE_CODE
    with pytest.raises(Malformed, match="date_too_early"):
        await office.preview(redraw(on=date(2020, 1, 1), market=ground(0, 1)))


async def test_changes_go_in_the_order_of_their_days(office: Office) -> None:
    await office.publish(redraw(on=NEXT_MONTH, market=ground(0, 1.9), estate=ground(1.9, 2)))
    for early in (redraw(market=ground(0, 1)), merge()):
        assert {one.code for one in (await office.preview(early)).faults} >= {"ground_changes_later"}
    river = redraw(river=ground(2, 3, north=0.9))
    assert (await office.preview(river)).faults == ()


async def test_what_was_shown_is_what_is_made(office: Office, write: Any) -> None:
    proposal = redraw(market=ground(0, 1.9), estate=ground(1.9, 2))
    shown = await office.preview(proposal)
    async with write() as session:
        await build.building(
            session, office.town.jurisdiction_id, "花园二座", ESTATE[0], ESTATE[1] + 0.0004, office.town.grid_estate
        )
    with pytest.raises(Conflict, match="territory_moved_on"):
        async with office.write() as session:
            await change.publish(session, office.actor, proposal, seen=shown.seen, consents=(), now=NOON)


async def test_only_administrators_change_territory(office: Office) -> None:
    with pytest.raises(Forbidden):
        async with office.write() as session:
            await change.preview(session, office.town["shift_leader"].actor, merge(), NOON)


async def test_neighbours_that_do_not_touch_or_lie_elsewhere_are_not_merged(office: Office) -> None:
    apart = Proposal(
        kind=ChangeKind.merge, on=TODAY, grids=(MARKET_CODE, RIVER_CODE, "nowhere"), wanted=(Wanted(code="z"),)
    )
    assert [(one.code, one.place) for one in (await office.preview(apart)).faults] == [("grid_unknown", "nowhere")]
    known = replace(apart, grids=(MARKET_CODE, RIVER_CODE))
    assert {one.code for one in (await office.preview(known)).faults} >= {"merge_apart", "merge_of_communities"}
