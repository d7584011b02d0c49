"""Lines of another system's file: times, flags and places as people wrote them, and what is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding
from gridward.domain.sla.advance import replay
from gridward.domain.sla.ledger import ledger
from gridward.domain.standards import Basis, Binding, ClockKind
from gridward.domain.tickets.act import next_step_at, settled
from gridward.domain.tickets.apply import fold
from gridward.domain.tickets.past import PastLine, Reading, read_row
from gridward.domain.tickets.past_judge import unlikely_hours
from gridward.domain.tickets.past_places import Extent, check_places, default_places
from gridward.domain.tickets.past_times import DateOrder, Unreadable, date_order, needs_zone, read_time
from gridward.domain.tickets.words import Closing, Intent, Status
from gridward.domain.values import replace
from story import GRID, SANITATION, Story, at, standard, terms

NEW_YORK, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "utc"),
    [
        ("2026-01-05 08:10:00", "2026-01-05T00:10:00"),
        ("2026-01-05T08:10", "2026-01-05T00:10:00"),
        ("2026/1/5 8:10", "2026-01-05T00:10:00"),
        ("2026.1.5 8:10:30.25", "2026-01-05T00:10:30.250000"),
        ("2026年1月5日 08:10", "2026-01-05T00:10:00"),
        ("2026年1月5日下午3时20分", "2026-01-05T07:20:00"),
        ("20260105081000", "2026-01-05T00:10:00"),
        ("01/05/2026 08:10:00 AM", "2026-01-05T00:10:00"),
        ("01/05/2026 12:00:00 AM", "2026-01-04T16:00:00"),
        ("01/05/2026 12:00:00 PM", "2026-01-05T04:00:00"),
        ("2026-01-05 24:00", "2026-01-05T16:00:00"),
        ("2026-01-05T08:10:00Z", "2026-01-05T08:10:00"),
        ("2026-01-05T08:10:00-05:00", "2026-01-05T13:10:00"),
        ("2026-01-05T08:10:00+0530", "2026-01-05T02:40:00"),
        ("1767571800000", "2026-01-05T00:10:00"),
    ],
)
def test_times_as_people_write_them(words: str, utc: str) -> None:
    assert read_time(words, SHANGHAI, DateOrder.month_first).at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("next week", "time_unreadable"),
        ("2026-02-30", "time_unreadable"),
        ("2026-01-05 25:00", "time_unreadable"),
        ("2026-01-05 13:00 PM", "time_unreadable"),
        ("2026-01-05 08:10+99:00", "time_unreadable"),
        ("45678.34", "time_unreadable"),
        ("0026-01-05", "time_unlikely"),
        ("1900-01-01 00:00:00", "time_unlikely"),
        ("2025-11-02 01:30:00", "time_twice"),
        ("2025-03-09 02:30:00", "time_skipped"),
    ],
)
def test_what_is_no_time(words: str, code: str) -> None:
    with pytest.raises(Unreadable) as no:
        read_time(words, NEW_YORK, None)
    assert no.value.code == code


def test_an_hour_shown_twice_is_read_when_its_offset_is_said() -> None:
    summer, winter = (read_time(f"2025-11-02T01:30:00-0{hours}:00", NEW_YORK, None).at for hours in (4, 5))
    assert winter - summer == timedelta(hours=1)
    assert not needs_zone("2025-11-02T01:30:00-04:00")
    assert needs_zone("2025-11-02T01:30:00")


@given(st.datetimes(datetime(1985, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - local times
def test_a_local_time_is_refused_or_read_back_as_it_stood(local: datetime) -> None:
    local = local.replace(microsecond=0)
    words = local.strftime("%Y-%m-%d %H:%M:%S")
    if len({local.replace(tzinfo=NEW_YORK, fold=fold).utcoffset() for fold in (0, 1)}) == 2:
        with pytest.raises(Unreadable, match="Clocks"):
            read_time(words, NEW_YORK, None)
    else:
        assert read_time(words, NEW_YORK, None).at.astimezone(NEW_YORK).replace(tzinfo=None) == local


def test_which_comes_first_is_read_from_the_whole_file_or_asked() -> None:
    assert date_order(["01/02/2026", "01/13/2026"]) is DateOrder.month_first
    assert date_order(["01/02/2026", "13/01/2026"]) is DateOrder.day_first
    assert date_order(["2026-01-02", ""]) is None
    for texts in (["01/02/2026", "03/04/2026"], ["13/01/2026", "01/13/2026"]):
        with pytest.raises(Malformed, match="date_order_needed"):
            date_order(texts)
    assert read_time("05/01/2026", SHANGHAI, DateOrder.day_first).at == datetime(2026, 1, 4, 16, tzinfo=UTC)


def line(**cells: str) -> PastLine:
    usual = {"id": "A1", "opened": "2026-01-05 08:00", "category": "路灯"}
    return PastLine(row_no=1, place="row 2", cells={**usual, **cells})


def test_a_day_without_an_hour_ends_at_its_end() -> None:
    reading = Reading(zone=NEW_YORK, order=None, now=NOW)
    row = read_row(line(opened="2025-03-08", due="2025-03-09", closed="2025-03-09"), reading)
    assert not isinstance(row, Finding)
    assert row.opened_at == datetime(2025, 3, 8, 5, tzinfo=UTC)
    assert row.due_at == row.closed_at == datetime(2025, 3, 10, 4, tzinfo=UTC), "a day of 23 hours"
    assert row.whole_days == {"opened", "due", "closed"}
    today = read_row(line(opened="2026-08-31", closed="2026-09-01"), replace(reading, zone=SHANGHAI))
    assert not isinstance(today, Finding)
    assert today.closed_at == NOW, "a day that is not over yet has not ended in the future"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"on_time": "Y"}, (True, "")),
        ({"on_time": "超期"}, (False, "")),
        ({"overdue": "是"}, (False, "")),
        ({"overdue": "0"}, (True, "")),
        ({"overdue": "On Time"}, (True, "")),
        ({"on_time": "", "overdue": "N"}, (True, "")),
        ({"on_time": "n/a"}, (None, "n/a")),
        ({}, (None, "")),
    ],
)
def test_flags_in_either_sense(cells: dict[str, str], said: tuple[bool | None, str]) -> None:
    row = read_row(line(**cells), Reading(zone=SHANGHAI, order=None, now=NOW))
    assert not isinstance(row, Finding)
    assert (row.on_time, row.flag) == said


@pytest.mark.parametrize(
    ("cells", "xy", "fault"),
    [
        ({"lon": "113.1", "lat": "23.0"}, (113.1, 23.0), ""),
        ({"x": "1,004,321", "y": "231,000.5"}, (1004321.0, 231000.5), ""),
        ({"point": "POINT (113.1 23.0)"}, (113.1, 23.0), ""),
        ({"point": "SRID=4326;POINT Z(113.1 23.0 5)"}, (113.1, 23.0), ""),
        ({"point": "雪圃学校东门"}, None, "雪圃学校东门"),
        ({"lon": "nan", "lat": "23.0"}, None, "nan, 23.0"),
        ({"lon": "", "lat": ""}, None, ""),
        ({"lon": "113.1", "lat": ""}, None, "113.1, "),
    ],
)
def test_places_as_they_are_written(cells: dict[str, str], xy: tuple[float, float] | None, fault: str) -> None:
    row = read_row(line(**cells), Reading(zone=SHANGHAI, order=None, now=NOW))
    assert not isinstance(row, Finding)
    assert (row.xy, row.place_fault) == (xy, fault)


def test_a_default_place_needs_more_than_fifty_and_one_in_a_hundred() -> None:
    def shared(rows: int, of: int) -> dict[tuple[float, float], int]:
        return default_places([(113.1, 23.0)] * rows + [(113.0, 23.0 + n * 1e-4) for n in range(of - rows)])

    assert shared(50, 1000) == {}
    assert shared(51, 1000) == {(113.1, 23.0): 51}
    assert shared(100, 10_000) == {}
    assert shared(101, 10_000) == {(113.1, 23.0): 101}


def test_some_rows_elsewhere_do_not_condemn_a_file() -> None:
    town = Extent(113.1, 23.0, 113.2, 23.1)
    here, there = [(113.15, 23.05)] * 20, [(116.4, 39.9)] * 80
    check_places(here + there, {"axes_exchanged": [(23.05, 113.15)]}, town, 116.4)
    with pytest.raises(Malformed, match="far_outside") as refused:
        check_places(there, {"axes_exchanged": [(39.9, 116.4)]}, town, 116.4)
    assert "1,898 km" in refused.value.facts["why"], "from Foshan to Beijing"


def test_quiet_hours_are_those_of_the_night() -> None:
    night = [2] * 6 + [40] * 18
    assert unlikely_hours(night) is None
    doubt = unlikely_hours(night[12:] + night[:12])
    assert doubt is not None
    assert "12:00 to 18:00" in doubt.why
    assert unlikely_hours([30] * 24) is None, "a flat day says nothing"
    assert unlikely_hours([1] * 6 + [10] * 18) is None, "too few rows to say"


BOUND = replace(standard(), bases=(Basis("work", "合同", "3", Binding.CONTRACT),))


def imported(**more: object) -> Story:
    story = Story(terms=terms(BOUND))
    story.do("Wed 08:00", Intent.IMPORT_PAST, **{"condition_id": "litter", "grid_id": GRID, **more})
    return story


def test_what_its_file_closed_is_closed_and_was_late_from_the_first() -> None:
    story = imported(due_at=at("Mon 20:00"), closed_at=at("Tue 09:00"), unit_id=SANITATION, unit_kind="work")
    assert (story.status, story.state.closing) == (Status.CLOSED, Closing.IMPORTED)
    assert story.state.ended_at == at("Tue 09:00")
    clock = story.clock(ClockKind.OVERALL)
    assert (clock.started_at, clock.due_at, clock.stopped_at) == (at("Mon 08:00"), at("Mon 20:00"), at("Tue 09:00"))
    assert (clock.breached_at, clock.final, clock.reminded) == (at("Mon 20:00"), True, ())
    assert story.verbs() == ["ticket.imported"], "one fact; no step is invented in between"
    assert story.terms.basis(clock) is None
    assert ledger(clock, story.terms, at("Wed 08:00")).basis is None
    assert next_step_at(story.state, story.ticket.clocks, story.terms) is None  # type: ignore[union-attr]


def test_a_closing_at_exactly_its_due_time_is_no_breach() -> None:
    story = imported(due_at=at("Mon 20:00"), closed_at=at("Mon 20:00"))
    assert story.clock(ClockKind.OVERALL).breached_at is None


def test_without_a_due_time_there_is_no_clock() -> None:
    assert imported(closed_at=at("Tue 09:00")).ticket.clocks.clocks == ()  # type: ignore[union-attr]


def test_an_open_one_is_with_its_unit_or_at_the_desk() -> None:
    unit = {"unit_id": SANITATION, "unit_kind": "work"}
    assert imported(**unit).status is Status.ASSIGNED
    assert imported(**unit).state.unit_ids == {SANITATION}
    for lacking in ({"condition_id": None}, {"grid_id": None}, {"unit_id": None, "unit_kind": None}):
        assert imported(**{**unit, **lacking}).status is Status.RECEIVED


def test_nobody_is_reminded_of_another_systems_due_times() -> None:
    story = imported(due_at=at("Mon 20:00"), unit_id=SANITATION, unit_kind="work")
    later = settled(story.ticket, at("Wed+9 08:00"), story.terms)  # type: ignore[arg-type]
    assert later.facts == story.ticket.facts  # type: ignore[union-attr]
    ahead = imported(due_at=at("Thu 20:00"), unit_id=SANITATION, unit_kind="work")
    told = ahead.sweep("Wed+9 08:00").facts
    assert [(fact.verb, fact.occurred_at) for fact in told][-1] == ("clock.breached", at("Thu 20:00"))
    assert "clock.reminded" not in [fact.verb for fact in ahead.facts]


def test_a_correction_leaves_the_files_due_time_alone() -> None:
    story = imported(due_at=at("Thu 20:00"), unit_id=SANITATION, unit_kind="work")
    story.do("Wed 09:00", Intent.CORRECT, condition_id="days")
    clock = story.clock(ClockKind.OVERALL)
    assert (clock.due_at, clock.imported, clock.past_dues) == (at("Thu 20:00"), True, ())


def test_work_on_an_open_one_is_judged_by_our_clocks() -> None:
    story = imported(due_at=at("Mon 20:00"), unit_id=SANITATION, unit_kind="work")
    story.do("Wed 09:00", Intent.RESOLVE)
    assert story.clock(ClockKind.VERIFY).imported is False
    story.do("Wed 09:30", Intent.REWORK)
    story.do("Wed 10:00", Intent.RESOLVE)
    story.do("Wed 10:30", Intent.VERIFY)
    assert story.status is Status.CLOSED
    assert story.clock(ClockKind.OVERALL).final
    story.do("Wed 11:00", Intent.REOPEN)
    assert story.clock(ClockKind.DISPATCH).imported is False
    assert replay(story.facts, story.terms) == story.ticket.clocks  # type: ignore[union-attr]
    assert fold(story.facts) == story.state
