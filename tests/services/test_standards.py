"""A city's standard comes in, stands from its day, and is never edited."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from cast import NOON, Town
from gridward.domain.accounts import Actor, program
from gridward.domain.calendar import SpecialDay
from gridward.domain.entries import canonical
from gridward.domain.errors import Conflict, NotFound
from gridward.domain.standards import DayRule, LimitKind, Text, Weights
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.standards_document import read_standard, to_document
from gridward.domain.standards_import import RawRow, RawSheet
from gridward.domain.standards_reading import LimitWords
from gridward.gateways.holidays import official_days_of_china
from gridward.persistence.entries import EntryRow
from gridward.persistence.standards import queries, unit_names
from gridward.persistence.standards.applying import standard_applying
from gridward.persistence.standards.rows import CalendarRow, ConditionRow, StandardRow
from gridward.services.standards import calendars as calendar_publishing
from gridward.services.standards import importing, publishing

TODAY = date(2026, 9, 1)
WORDS = LimitWords(LimitKind.WORK_DAY, LimitKind.WORK_HOUR, DayRule.HOURS)


def sheet(*lines: tuple[str, str, str]) -> tuple[RawSheet, ...]:
    """Rows of (filing text, limit, unit) of one class of covers."""
    rows = tuple(
        RawRow(
            "部件",
            number,
            {"parent_code": "01", "parent_name": "公用设施", "code": "01", "name": "井盖", "filing_text": filing}
            | {"closing_text": "恢复", "limit": limit, "lead": unit},
        )
        for number, (filing, limit, unit) in enumerate(lines, 3)
    )
    return (RawSheet("部件", rows),)


MISSING, BROKEN, NOISY = (
    ("缺失", "2紧急工作时", "排水中心"),
    ("破损", "4小时", "各产权单位"),
    ("响", "2天", "各产权单位"),
)


def wish(**changes: object) -> importing.Wish:
    return importing.Wish(
        **{"scheme": "local", "name": "某市标准", "words": WORDS, "valid_from": TODAY} | changes  # type: ignore[arg-type]
    )


@pytest.fixture
async def admin(town: Town) -> Actor:
    return town["system_admin"].actor


async def import_(write, sheets, admin: Actor, wished: importing.Wish | None = None, today: date = TODAY):
    async with write() as session:
        return await importing.publish(session, sheets, wished or wish(), admin, today=today, now=NOON)


async def test_a_preview_says_everything_and_writes_nothing(read, admin: Actor) -> None:
    async with read() as session:
        report = (await importing.preview(session, sheet(MISSING, BROKEN, NOISY), wish(), admin, today=TODAY)).report
    assert (report.read, report.ready, report.unchanged, report.published) == (3, 3, 0, False)
    assert report.facts["bare_day"] == {"means": "work_day", "rows": 1}
    assert report.facts["bare_hour"] == {"means": "work_hour", "rows": 1}
    assert report.facts["unmapped_unit_names"] == ["排水中心", "各产权单位"]
    assert report.facts["settings_from"] == "the built-in standard"
    async with read() as session:
        assert await queries.list_standards(session, admin.jurisdiction_id) == []
        assert await unit_names.lines_of(session, admin.jurisdiction_id) == []


async def test_applied_it_stands_whole_and_leaves_an_entry(write, read, admin: Actor) -> None:
    report = await import_(write, sheet(MISSING, BROKEN), admin)
    assert (report.applied, report.published) == (2, True)
    async with read() as session:
        standard = await queries.current_standard(session, admin.jurisdiction_id, TODAY)
        names = await unit_names.lines_of(session, admin.jurisdiction_id)
        entry = (await session.execute(select(EntryRow).where(EntryRow.verb == "standard.published"))).scalars().all()
    assert (standard.version, standard.day_rule, standard.name.zh) == (1, DayRule.HOURS, "某市标准")
    assert [one.filing_text for one in standard.conditions.values()] == ["缺失", "破损"]
    assert standard.bases == (), "a basis is stated by the city, never assumed"
    assert standard.reasons["reject"], "what a workbook does not say is taken from the standard in force"
    assert [(line.name, line.is_mapped) for line in names] == [("各产权单位", False), ("排水中心", False)]
    mine = [one for one in entry if one.jurisdiction_id == admin.jurisdiction_id]
    assert [(one.actor_id, one.subject_id, one.detail["version"]) for one in mine] == [
        (admin.person_id, type(one.subject_id)(standard.standard_id), 1) for one in mine
    ]
    assert len(mine) == 1


async def test_the_same_file_again_publishes_nothing(write, admin: Actor, read) -> None:
    await import_(write, sheet(MISSING, BROKEN), admin)
    again = await import_(write, sheet(MISSING, BROKEN), admin)
    assert (again.applied, again.unchanged, again.published) == (0, 2, False)
    async with read() as session:
        assert len(await queries.list_standards(session, admin.jurisdiction_id)) == 1


async def test_the_same_rows_counted_otherwise_are_a_new_version(write, admin: Actor) -> None:
    await import_(write, sheet(MISSING, BROKEN, NOISY), admin)
    words = LimitWords(LimitKind.WORK_DAY, LimitKind.WORK_HOUR, DayRule.NEXT_DAY)
    report = await import_(write, sheet(MISSING, BROKEN, NOISY), admin, wish(words=words, name="另一个名字"))
    assert (report.applied, report.unchanged, report.facts["stands"]["version"]) == (1, 2, 2)
    renamed = await import_(write, sheet(MISSING, BROKEN, NOISY), admin, wish(words=words, name="第三个名字"))
    assert (renamed.published, renamed.facts["stands"]["version"]) == (False, 2)


async def test_a_new_version_stands_from_its_day_and_the_old_one_is_there_for_live_tickets(
    write, read, admin: Actor
) -> None:
    await import_(write, sheet(MISSING, BROKEN), admin)
    october = date(2026, 10, 1)
    report = await import_(write, sheet(("缺失", "1紧急工作时", "排水中心"), NOISY), admin, wish(valid_from=october))
    assert (report.ready, report.unchanged) == (2, 0)
    assert [(one.code, one.place) for one in report.warnings] == [("condition_vanishes", "C0101-2")]
    async with read() as session:
        before = await queries.current_standard(session, admin.jurisdiction_id, october - timedelta(days=1))
        after = await queries.current_standard(session, admin.jurisdiction_id, october)
        pinned = await queries.standard_by_id(session, before.standard_id)
    assert (before.version, after.version) == (1, 2)
    assert [one.words for c in pinned.conditions.values() if (one := c.limit)] == ["2紧急工作时", "4小时"]
    assert after.conditions["C0101-1"].limit.words == "1紧急工作时"  # type: ignore[union-attr]
    assert after.conditions["C0101-3"].filing_text == "响", "the number of a vanished condition is not used again"


async def test_a_version_cannot_begin_in_the_past_nor_before_the_one_it_follows(write, admin: Actor) -> None:
    await import_(write, sheet(MISSING), admin, wish(valid_from=TODAY - timedelta(days=60)))
    for day in (TODAY - timedelta(days=1), TODAY - timedelta(days=90)):
        with pytest.raises(Conflict, match=r"standard\.valid_from"):
            await import_(write, sheet(BROKEN), admin, wish(valid_from=day))


async def test_two_administrators_at_once_publish_one_after_the_other(write, read, admin: Actor) -> None:
    published = await asyncio.gather(*(import_(write, one, admin) for one in (sheet(MISSING), sheet(BROKEN))))
    assert sorted(one.facts["stands"]["version"] for one in published) == [1, 2]
    async with read() as session:
        lines = await queries.list_standards(session, admin.jurisdiction_id)
    assert [(one.version, one.valid_to) for one in lines if one.version == 1] == [(1, TODAY)]


async def test_with_a_refused_row_nothing_is_published_unless_that_is_wished(write, read, admin: Actor) -> None:
    sheets = sheet(MISSING, ("破损", "尽快", "各产权单位"))
    report = await import_(write, sheets, admin)
    assert (report.published, report.applied, len(report.refused)) == (False, 0, 1)
    assert report.warnings[-1].code == "not_published"
    async with read() as session:
        with pytest.raises(NotFound, match=r"standard\.none"):
            await queries.current_standard(session, admin.jurisdiction_id, TODAY)
    report = await import_(write, sheets, admin, wish(leave_out_refused=True))
    assert (report.published, report.applied) == (True, 1)


async def test_an_import_that_fails_on_the_way_leaves_nothing(write, read, admin: Actor) -> None:
    async def stopped_half_way() -> None:
        async with write() as session:
            await importing.publish(session, sheet(MISSING), wish(), admin, today=TODAY, now=NOON)
            raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError):
        await stopped_half_way()
    async with read() as session:
        found = await session.execute(select(func.count()).where(ConditionRow.jurisdiction_id == admin.jurisdiction_id))
        assert found.scalar_one() == 0


@pytest.mark.parametrize("table", [StandardRow, ConditionRow, CalendarRow])
async def test_the_database_itself_refuses_to_edit_what_is_published(write, admin: Actor, table) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with write() as session:
            await session.execute(update(table).values(document={}))
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with write() as session:
            await session.execute(text(f"DELETE FROM {table.__tablename__}"))


async def test_our_own_standard_and_its_calendars_in_one_go(write, read, admin: Actor) -> None:
    actor = program(admin.jurisdiction_id, "demo")
    async with write() as session:
        first = await publishing.publish_built_in(session, actor, valid_from=TODAY, now=NOON)
        again = await publishing.publish_built_in(session, actor, valid_from=TODAY, now=NOON)
    assert (first.version, first.is_new, again.standard_id, again.is_new) == (1, True, first.standard_id, False)
    async with read() as session:
        standard = await queries.standard_by_id(session, first.standard_id)
        calendars = await queries.current_calendars(session, admin.jurisdiction_id)
    expected = built_in_standard(str(first.standard_id), valid_from=TODAY)
    assert standard == expected
    assert set(calendars) == {"city", "desk", "verifiers", "work", "estate"}
    assert not calendars["city"].is_working_day(date(2026, 10, 1))
    assert calendars["city"].is_working_day(date(2026, 10, 10)), "a Saturday worked for the holiday"


def test_a_version_of_before_weights_were_data_says_the_same_as_one_with_the_usual_weights() -> None:
    standard = replace(built_in_standard(""), name=Text(""), version=0, valid_from=None)
    then = to_document(read_standard(to_document(standard)))
    del then["terms"]["score"]
    for category in then["categories"].values():
        if category["offered"]:
            del category["offered"]
    assert publishing.digest_of(standard) == hashlib.sha256(canonical(then)).hexdigest()
    heavier = replace(standard.terms, score=Weights(closed=Fraction(60)))
    assert publishing.digest_of(replace(standard, terms=heavier)) != publishing.digest_of(standard)


async def test_a_calendar_changes_by_a_new_version_only(write, read, admin: Actor) -> None:
    actor = program(admin.jurisdiction_id, "demo")
    async with write() as session:
        await publishing.publish_built_in(session, actor, valid_from=TODAY, now=NOON)
        city = (await queries.current_calendars(session, admin.jurisdiction_id))["city"]
        closed = replace(city, exceptions={**city.exceptions, date(2026, 9, 2): SpecialDay((), "台风停工")})
        assert await calendar_publishing.publish_calendar(session, city, admin, now=NOON) == 1, "nothing new"
        assert await calendar_publishing.publish_calendar(session, closed, admin, now=NOON + timedelta(hours=1)) == 2
    async with read() as session:
        versions = await queries.calendar_versions(session, admin.jurisdiction_id, [("city", 1), ("city", 2)])
        assert (await queries.current_calendars(session, admin.jurisdiction_id))["city"].version == 2
    assert [versions["city", one].is_working_day(date(2026, 9, 2)) for one in (1, 2)] == [True, False]


async def test_an_imported_standard_stands_beside_ours_and_phones_show_pictures(write, read, admin: Actor) -> None:
    async with write() as session:
        ours = await publishing.publish_built_in(session, admin, valid_from=TODAY, now=NOON)
    report = await import_(write, sheet(MISSING), admin)
    assert report.facts["settings_from"] == "gridward version 1"
    async with read() as session:
        shown = await queries.current_standard(session, admin.jurisdiction_id, TODAY)
        standing = await queries.standing_standards(session, admin.jurisdiction_id, TODAY)
        local = (await standard_applying(session, admin.jurisdiction_id, "C0101", on=TODAY, at=NOON)).standard
        nothing = (await standard_applying(session, admin.jurisdiction_id, "C9999", on=TODAY, at=NOON)).standard
    assert shown.standard_id == str(ours.standard_id)
    assert [one.scheme for one in standing] == ["gridward", "local"]
    assert local is not None
    assert local.scheme == "local"
    assert nothing is None


def test_official_days_know_made_up_days_and_say_which_years_are_known() -> None:
    days = official_days_of_china(2015, 2030)
    assert days.published == frozenset(range(2015, 2027)), "nobody has announced the years after 2026"
    assert days.special[date(2026, 2, 14)] is None
    assert days.special[date(2026, 2, 16)] == "农历除夕"
    assert all(day.year <= 2026 for day in days.special)
    assert all(day.weekday() >= 5 for day, name in days.special.items() if name is None)
