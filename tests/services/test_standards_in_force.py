"""Rules change under a living town: versions with tickets under them, areas of their own, emergencies, calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from cast import ESTATE, LANE, MARKET, NOON, RIVER, Member, Town
from conftest import Read, Write
from filing import deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.accounts import program
from gridward.domain.errors import Conflict, Malformed, Refusal
from gridward.domain.routing.rules import By, Choose, Rule, RuleSet, When
from gridward.domain.standards import CommunityType, Limit, LimitKind
from gridward.domain.standards_document import to_document
from gridward.persistence.entries import EntryRow
from gridward.persistence.standards import queries
from gridward.persistence.standards.places import PlaceType
from gridward.persistence.standards.unit_names import UnitNameLine
from gridward.persistence.tickets.rows import ClockRow, TicketRow
from gridward.services.routing import choose, publish
from gridward.services.standards import calendars, documents, emergencies, places, unit_names
from gridward.services.tickets.sweep import sweep
from replaying import differences

TODAY = date(2026, 9, 1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def files(
    write: Write, who: Member, category: str = "litter_ground", at: Any = LANE, seed: int = 1, now: datetime = NOON
) -> TicketRow:
    async with write() as session:
        photo = await deliver(session, who, seed, now)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        taken = await filed(session, who, report(category, at=at, photos=claim, now=now), now)
        return (await session.execute(select(TicketRow).where(TicketRow.ticket_id == taken.ticket_id))).scalar_one()


async def ticket(read: Read, ticket_id: UUID) -> TicketRow:
    async with read() as session:
        return (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket_id))).scalar_one()


async def entries(read: Read, verb: str, **where: Any) -> Sequence[Any]:
    async with read() as session:
        query = select(EntryRow.detail, EntryRow.actor_id).where(EntryRow.verb == verb).filter_by(**where)
        return (await session.execute(query.order_by(EntryRow.entry_id))).all()


async def say(write: Write, who: Member, document: dict[str, Any], now: datetime = NOON, **more: Any) -> UUID:
    more = {"valid_from": TODAY, **more}
    async with write() as session:
        made = await documents.publish_document(session, document, who.actor, today=TODAY, now=now, **more)
        return made.standard_id


def dropped(document: dict[str, Any], category: str, condition_id: str) -> dict[str, Any]:
    """A file in which a category no longer has a condition."""
    categories, conditions = dict(document["categories"]), dict(document["conditions"])
    one = dict(categories[category])
    one["condition_ids"] = [key for key in one["condition_ids"] if key != condition_id]
    one["default_condition_id"] = None
    categories[category] = one
    del conditions[condition_id]
    return {**document, "categories": categories, "conditions": conditions}


async def ours(read: Read, town: Town) -> dict[str, Any]:
    async with read() as session:
        standard = await queries.current_standard(session, town.jurisdiction_id, TODAY)
    return documents.file_of(standard)


async def profile(read: Read, town: Town, condition_id: str, hours: int, **more: Any) -> dict[str, Any]:
    """A small standard of its own: one kind with a shorter limit."""
    whole = await ours(read, town)
    condition = {**whole["conditions"][condition_id], "limit": {"kind": "urgent_hour", "amount": hours}}
    condition["limits_by_area_class"] = {}
    category = {**whole["categories"][condition["category_code"]], "condition_ids": [condition_id], "question": None}
    return {
        "name": {"zh": "特别标准"},
        "categories": {category["code"]: category},
        "conditions": {condition_id: condition},
        **more,
    }


class TestVersions:
    async def test_a_condition_under_open_tickets_vanishes_only_when_that_is_known(
        self, write: Write, read: Read, town: Town, volunteer: Member, system_admin: Member
    ) -> None:
        row = await files(write, volunteer)
        file = dropped(await ours(read, town), "litter_ground", "litter_ground-ground")
        with pytest.raises(Refusal) as refused:
            await say(write, system_admin, file)
        (used,) = refused.value.facts["conditions"]
        assert refused.value.code == "standard.conditions_in_use"
        assert (used["condition_id"], used["tickets"]) == ("litter_ground-ground", 1)
        assert [one["ticket_id"] for one in used["examples"]] == [str(row.ticket_id)]
        async with read() as session:
            assert len(await queries.list_standards(session, town.jurisdiction_id)) == 1, "nothing half done"

        await say(write, system_admin, file, acknowledged=["litter_ground-ground"])
        after = await ticket(read, row.ticket_id)
        assert (after.standard_id, after.condition_id, after.due_at) == (row.standard_id, row.condition_id, row.due_at)
        async with read() as session:
            assert await differences(session, row.ticket_id) == []
        (_, second) = await entries(read, "standard.published", jurisdiction_id=town.jurisdiction_id)
        assert second.detail["vanished_in_use"] == ["litter_ground-ground"]

    async def test_a_shorter_limit_is_for_what_is_filed_from_then_on(
        self, write: Write, read: Read, town: Town, volunteer: Member, system_admin: Member
    ) -> None:
        old = await files(write, volunteer)
        whole = await ours(read, town)
        one = {**whole["conditions"]["litter_ground-ground"], "limit": {"kind": "work_hour", "amount": 1}}
        one["limits_by_area_class"] = {}
        await say(write, system_admin, {"scheme": "gridward", "conditions_changed": {one["condition_id"]: one}})
        new = await files(write, volunteer, at=(LANE[0], LANE[1] + 0.0006), seed=2)
        assert old.due_at is not None
        assert new.due_at is not None
        assert (old.due_at - NOON, new.due_at - NOON) > (new.due_at - NOON, timedelta())
        assert (await ticket(read, old.ticket_id)).due_at == old.due_at
        assert new.standard_id != old.standard_id


class TestNames:
    CLEANERS = "环卫作业单位"

    async def mapped(self, write: Write, who: Member, standard_id: UUID, *lines: UnitNameLine) -> None:
        async with write() as session:
            known = await unit_names.names_of(session, who.actor, standard_id)
            await unit_names.map_names(session, who.actor, standard_id, lines, based_on=known.version, now=NOON)

    @pytest.fixture
    async def by_standard(self, write: Write, town: Town) -> None:
        """Whatever happens goes to whom the standard names."""
        rule = Rule(rule_id="standard", name="按标准", when=When(), choose=Choose(by=By.standard))
        async with write() as session:
            actor = program(town.jurisdiction_id, "demo")
            await publish.keep(session, actor, RuleSet(version=2, rules=(rule,)), now=NOON)

    @pytest.fixture
    async def standard_id(self, read: Read, town: Town) -> UUID:
        async with read() as session:
            return UUID((await queries.current_standard(session, town.jurisdiction_id, TODAY)).standard_id)

    async def explained(self, read: Read, town: Town, at: tuple[float, float], category: str = "litter_ground") -> Any:
        async with read() as session:
            place = choose.Place(lon=at[0], lat=at[1], accuracy_m=5.0)
            actor = town["shift_leader"].actor
            return await choose.explain(session, actor, place, category=category, condition_id=None, at=NOON)

    async def test_a_name_is_a_unit_by_kind_and_place_once_somebody_says_so(
        self, write: Write, read: Read, town: Town, system_admin: Member, by_standard: None, standard_id: UUID
    ) -> None:
        before = await self.explained(read, town, LANE)
        assert (before.unit_id, "no_unit" in before.doubts) == (None, True)
        assert (before.names[0].name, before.names[0].mapped) == (self.CLEANERS, False)

        line = UnitNameLine(name=self.CLEANERS, area_id=None, unit_kind="work", unit_id=None)
        await self.mapped(write, system_admin, standard_id, line)
        at_home, away = await self.explained(read, town, LANE), await self.explained(read, town, RIVER)
        assert (at_home.unit_id, at_home.role, at_home.rule_id) == (town.sanitation, "lead", "standard")
        assert away.unit_id == town.neighbour_sanitation
        assert at_home.as_json()["names"][0] == {
            "name": self.CLEANERS,
            "role": "lead",
            "mapped": True,
            "unit_ids": [str(town.sanitation)],
        }

    async def test_the_nearer_line_goes_first_and_says_in_which_part_it_acts(
        self, write: Write, read: Read, town: Town, system_admin: Member, by_standard: None, standard_id: UUID
    ) -> None:
        await self.mapped(
            write,
            system_admin,
            standard_id,
            UnitNameLine(name=self.CLEANERS, area_id=None, unit_kind="work", unit_id=None),
            UnitNameLine(
                name=self.CLEANERS,
                area_id=town.community_id,
                unit_kind=None,
                unit_id=town.property_firm,
                role="assist",
            ),
        )
        here = await self.explained(read, town, MARKET)
        assert here.unit_id is None, "it only helps here"
        assert town.property_firm in here.assists
        assert (await self.explained(read, town, RIVER)).unit_id == town.neighbour_sanitation

    async def test_a_ticket_keeps_whom_the_standard_named(
        self,
        write: Write,
        read: Read,
        town: Town,
        volunteer: Member,
        system_admin: Member,
        by_standard: None,
        standard_id: UUID,
    ) -> None:
        line = UnitNameLine(name=self.CLEANERS, area_id=None, unit_kind="work", unit_id=None)
        last = UnitNameLine(name="街道办事处", area_id=None, unit_kind="street", unit_id=None)
        async with read() as session:
            known = {one.name for one in (await unit_names.names_of(session, system_admin.actor, standard_id)).names}
        await self.mapped(write, system_admin, standard_id, *(one for one in (line, last) if one.name in known))
        row = await files(write, volunteer, at=LANE)
        assert (row.unit_id, row.status) == (town.sanitation, "assigned")
        assert row.routing["rule_id"] == "standard"
        assert row.routing["names"][0]["unit_ids"] == [str(town.sanitation)]


class TestPlaces:
    async def test_an_area_class_is_pinned_at_filing_and_decides_the_limit(
        self, write: Write, read: Read, town: Town, volunteer: Member, system_admin: Member
    ) -> None:
        plain = await files(write, volunteer)
        async with write() as session:
            line = PlaceType(code="440605001001002", community_type=None, area_class="A")
            await places.set_types(session, system_admin.actor, [line], now=NOON)
        strict = await files(write, volunteer, at=(LANE[0], LANE[1] + 0.0006), seed=2)
        other = await files(write, volunteer, at=MARKET, seed=3)
        assert plain.due_at == other.due_at
        assert strict.due_at is not None
        assert other.due_at is not None
        assert strict.due_at < other.due_at
        received = await entries(read, "report.filed", ticket_id=strict.ticket_id)
        assert received[0].detail["area_class"] == "A"

    async def test_a_type_of_community_and_a_single_area_have_standards_of_their_own(
        self, write: Write, read: Read, town: Town, volunteer: Member, system_admin: Member
    ) -> None:
        by_type = await profile(
            read, town, "litter_ground-ground", 3, scheme="old", applies={"community_types": ["old_estate"]}
        )
        by_area = await profile(
            read, town, "litter_ground-ground", 2, scheme="river", applies={"area_codes": ["440605001002"]}
        )
        old, river = await say(write, system_admin, by_type), await say(write, system_admin, by_area)
        async with write() as session:
            lines = [
                PlaceType(code=code, community_type=CommunityType.OLD_ESTATE, area_class=None)
                for code in ("440605001001", "440605001002")
            ]
            await places.set_types(session, system_admin.actor, lines, now=NOON)
        home = await files(write, volunteer)
        away = await files(write, town["neighbour_volunteer"], at=RIVER, seed=2)
        other_kind = await files(write, volunteer, "lamp", seed=3)
        assert (home.standard_id, away.standard_id) == (old, river), "an area's own goes before its type's"
        assert other_kind.standard_id not in (old, river), "a kind it does not know is the general standard's"
        why = {
            row.ticket_id: (await entries(read, "report.filed", ticket_id=row.ticket_id))[0].detail.get("applied")
            for row in (home, away, other_kind)
        }
        assert list(why.values()) == ["community_type:old_estate", "area:440605001002", None]

    async def test_a_line_for_nowhere_is_refused_by_its_number(self, write: Write, system_admin: Member) -> None:
        lines = [
            PlaceType(code="440605001001", community_type=None, area_class="B"),
            PlaceType(code="nowhere", community_type=None, area_class="B"),
        ]
        with pytest.raises(Malformed) as refused:
            async with write() as session:
                await places.set_types(session, system_admin.actor, lines, now=NOON)
        assert dict(refused.value.facts) == {"line": 1, "place": "nowhere", "why": "place_unknown"}


class TestEmergency:
    @pytest.fixture
    async def flood(self, write: Write, read: Read, town: Town, system_admin: Member) -> UUID:
        document = await profile(read, town, "litter_ground-ground", 1, scheme="flood", applies={"emergency": True})
        return await say(write, system_admin, document)

    async def begin(self, write: Write, who: Member, standard_id: UUID, **more: Any) -> UUID:
        given = {
            "area_codes": (),
            "starts_at": None,
            "ends_at": NOON + 4 * HOUR,
            "notice": "防汛〔2026〕3号",
            "now": NOON,
        }
        async with write() as session:
            return (await emergencies.start(session, who.actor, standard_id, **{**given, **more})).emergency_id

    async def test_what_is_filed_in_it_pins_it_and_it_ends_by_itself(
        self, write: Write, read: Read, town: Town, volunteer: Member, supervisor: Member, flood: UUID
    ) -> None:
        before = await files(write, volunteer)
        assert before.standard_id != flood, "a profile alone changes nothing"
        emergency_id = await self.begin(write, supervisor, flood)
        during = await files(write, volunteer, at=MARKET, seed=2, now=NOON + HOUR)
        after = await files(write, volunteer, at=ESTATE, seed=3, now=NOON + 4 * HOUR)
        assert (during.standard_id, after.standard_id) == (flood, before.standard_id)
        assert (during.urgent, before.urgent) == (True, False)
        assert (await ticket(read, before.ticket_id)).due_at == before.due_at, "live tickets are not touched"
        received = await entries(read, "report.filed", ticket_id=during.ticket_id)
        assert received[0].detail["applied"] == f"emergency:{emergency_id}"
        (started,) = await entries(read, "emergency.started", subject_id=emergency_id)
        assert (started.actor_id, started.detail["ends_at"]) == (supervisor.person_id, (NOON + 4 * HOUR).isoformat())

    async def test_it_holds_in_its_areas_only_and_may_be_ended_before(
        self, write: Write, read: Read, town: Town, volunteer: Member, supervisor: Member, flood: UUID
    ) -> None:
        emergency_id = await self.begin(write, supervisor, flood, area_codes=["440605001002"])
        home = await files(write, volunteer)
        away = await files(write, town["neighbour_volunteer"], at=RIVER, seed=2)
        assert (home.standard_id == flood, away.standard_id == flood) == (False, True)
        async with write() as session:
            await emergencies.end(session, supervisor.actor, emergency_id, now=NOON + HOUR)
        later = await files(
            write, town["neighbour_volunteer"], at=(RIVER[0], RIVER[1] + 0.0006), seed=3, now=NOON + HOUR
        )
        assert later.standard_id != flood
        assert len(await entries(read, "emergency.ended", subject_id=emergency_id)) == 1
        with pytest.raises(Conflict, match=r"emergency\.over"):
            async with write() as session:
                await emergencies.end(session, supervisor.actor, emergency_id, now=NOON + 2 * HOUR)

    async def test_what_cannot_be_is_refused(
        self, write: Write, read: Read, town: Town, supervisor: Member, flood: UUID
    ) -> None:
        async with read() as session:
            general = UUID((await queries.current_standard(session, town.jurisdiction_id, TODAY)).standard_id)
        for more, code in (
            ({"standard_id": general}, "emergency.not_a_profile"),
            ({"area_codes": ["999"]}, "emergency.areas"),
            ({"ends_at": NOON}, "emergency.period"),
            ({"starts_at": NOON - HOUR}, "emergency.period"),
            ({"ends_at": NOON + timedelta(days=200)}, "emergency.period"),
        ):
            with pytest.raises(Malformed) as refused:
                await self.begin(write, supervisor, **{"standard_id": flood, **more})
            assert refused.value.code == code
        await self.begin(write, supervisor, flood)
        with pytest.raises(Conflict, match=r"emergency\.overlaps"):
            await self.begin(write, supervisor, flood, area_codes=["440605001001"])


class TestCalendars:
    STORM = {"2026-09-01": {"shifts": [], "why": "台风停工"}, "2026-09-02": {"shifts": [], "why": "台风停工"}}  # noqa: RUF012

    def file(self, days: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"calendar_id": "work", "exceptions_changed": days or self.STORM}

    async def test_running_clocks_move_by_an_entry_that_names_both_versions_and_stopped_ones_never(
        self, write: Write, read: Read, volunteer: Member, sanitation_lead: Member, system_admin: Member
    ) -> None:
        row = await files(write, volunteer)
        stopped = await self.clock(read, row.ticket_id, "file-1-1")
        running = await self.clock(read, row.ticket_id, "resolve-1-1")
        assert (stopped.state, running.state) == ("stopped", "running")
        async with write() as session:
            effect = await calendars.effect_of(session, system_admin.actor, self.file(), now=NOON)
        assert (effect.based_on, effect.tickets, effect.looked_at) == (1, 1, 1)
        moves = {move.clock: move for move in effect.moves}
        assert moves["resolve-1-1"].from_due_at == running.due_at
        assert (await self.clock(read, row.ticket_id, "resolve-1-1")).due_at == running.due_at, "only shown"

        async with write() as session:
            version = await calendars.publish_file(
                session, system_admin.actor, self.file(), based_on=1, past_acknowledged=False, now=NOON
            )
        at = NOON + timedelta(seconds=1)
        async with write() as session:
            await sweep(session, at)
        after = await self.clock(read, row.ticket_id, "resolve-1-1")
        assert (version, after.due_at, after.calendars["work"]) == (2, moves["resolve-1-1"].to_due_at, 2)
        assert after.due_at > running.due_at
        assert (await self.clock(read, row.ticket_id, "file-1-1")).due_at == stopped.due_at
        (told,) = await entries(read, "clock.rescheduled", ticket_id=row.ticket_id)
        assert (told.detail["from_version"], told.detail["to_version"]) == (1, 2)
        async with read() as session:
            assert await differences(session, row.ticket_id) == []

    async def test_the_past_is_edited_only_by_who_knows(
        self, write: Write, read: Read, volunteer: Member, system_admin: Member, town: Town
    ) -> None:
        await files(write, volunteer)
        file = self.file({"2026-08-31": {"shifts": [], "why": "补记停工"}})

        async def publish_it(based_on: int, *, known: bool) -> int:
            async with write() as session:
                return await calendars.publish_file(
                    session, system_admin.actor, file, based_on=based_on, past_acknowledged=known, now=NOON
                )

        with pytest.raises(Refusal) as refused:
            await publish_it(1, known=False)
        assert dict(refused.value.facts) == {"days": ["2026-08-31"], "weekly": [], "tickets": 1}
        with pytest.raises(Conflict, match=r"calendar\.moved_on"):
            await publish_it(7, known=True)
        async with read() as session:
            assert (await queries.current_calendars(session, town.jurisdiction_id))["work"].version == 1
        assert await publish_it(1, known=True) == 2

    async def clock(self, read: Read, ticket_id: UUID, key: str) -> ClockRow:
        async with read() as session:
            query = select(ClockRow).where(ClockRow.ticket_id == ticket_id, ClockRow.key == key)
            return (await session.execute(query)).scalar_one()


async def test_a_version_as_a_file_says_the_same(write: Write, read: Read, town: Town, system_admin: Member) -> None:
    file = await ours(read, town)
    async with write() as session:
        made = await documents.publish_document(
            session, file, system_admin.actor, valid_from=TODAY, today=TODAY, now=NOON
        )
    assert (made.version, made.is_new) == (1, False)
    limit = to_document(replace(Limit(LimitKind.WORK_HOUR, 1), text="1工作时"))
    assert file["conditions"]["lamp-dark"]["limit"].keys() == limit.keys()
