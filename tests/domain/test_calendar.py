"""Where a span of working time ends: the tables, and random calendars against an oracle that counts minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridward.domain.calendar import (
    Shift,
    SpecialDay,
    WorkingCalendar,
    add_working,
    end_of_day,
    end_of_work_day,
    is_provisional,
    local_instant,
    stretches,
    working_between,
)
from gridward.domain.errors import Malformed

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (Shift(8 * 60, 12 * 60), Shift(14 * 60, 18 * 60))
MINUTE = timedelta(minutes=1)


def calendar(zone: str = "Asia/Shanghai", **changes: object) -> WorkingCalendar:
    return WorkingCalendar(
        **{"calendar_id": "city", "version": 1, "time_zone": zone, "weekly": (OFFICE,) * 5 + ((), ())} | changes  # type: ignore[arg-type]
    )


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """November 2026 in Shanghai: the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=SHANGHAI)


HOLIDAY_WEEK = calendar(
    exceptions={
        date(2026, 11, 19): SpecialDay((), "节日"),
        date(2026, 11, 20): SpecialDay((), "节日"),
        date(2026, 11, 21): SpecialDay(OFFICE, "调休"),
    }
)


@pytest.mark.parametrize(
    ("cal", "start", "hours", "due"),
    [
        pytest.param(calendar(), at(20, 17), 4, at(23, 11), id="over the weekend"),
        pytest.param(calendar(), at(16, 11, 30), 2, at(16, 15, 30), id="over the noon break"),
        pytest.param(calendar(), at(16, 13), 1, at(16, 15), id="begun in the noon break"),
        pytest.param(calendar(), at(16, 8), 4, at(16, 12), id="the earliest instant: noon, not two o'clock"),
        pytest.param(calendar(), at(21, 10), 8, at(23, 18), id="begun on a Saturday"),
        pytest.param(HOLIDAY_WEEK, at(18, 16), 4, at(21, 10), id="two days off, Saturday made up for"),
        pytest.param(calendar(), at(21, 10), 0, at(21, 10), id="nothing to count"),
    ],
)
def test_working_time_ends_where_the_rule_book_says(
    cal: WorkingCalendar, start: datetime, hours: int, due: datetime
) -> None:
    assert add_working(cal, start, timedelta(hours=hours)) == due


def test_it_is_exact_to_the_second() -> None:
    assert add_working(calendar(), at(20, 17, 59, 59), timedelta(seconds=2)) == at(23, 8, 0, 1)
    assert working_between(calendar(), at(20, 17, 59, 59), at(23, 8, 0, 1)) == timedelta(seconds=2)


def test_the_day_of_the_start_does_not_count_for_whole_days() -> None:
    assert end_of_work_day(calendar(), at(16, 9), 1) == at(17, 18)
    assert end_of_work_day(calendar(), at(21, 10), 1) == at(23, 18)
    assert end_of_work_day(HOLIDAY_WEEK, at(18, 9), 1) == at(21, 18)
    assert end_of_day(calendar(), at(16, 9), 2) == at(19, 0)


def test_every_stretch_says_why_it_counted_or_not() -> None:
    told = [(s.why, s.note, s.counted, s.span) for s in stretches(HOLIDAY_WEEK, at(18, 17), at(23, 9))]
    assert told == [
        ("working", None, True, timedelta(hours=1)),
        ("off_hours", None, False, timedelta(hours=6)),
        ("holiday", "节日", False, timedelta(hours=48)),
        ("off_hours", "调休", False, timedelta(hours=8)),
        ("make_up", "调休", True, timedelta(hours=4)),
        ("off_hours", "调休", False, timedelta(hours=2)),
        ("make_up", "调休", True, timedelta(hours=4)),
        ("off_hours", "调休", False, timedelta(hours=6)),
        ("rest_day", None, False, timedelta(hours=24)),
        ("off_hours", None, False, timedelta(hours=8)),
        ("working", None, True, timedelta(hours=1)),
    ]


def test_a_year_without_published_holidays_is_provisional() -> None:
    cal = calendar(published_years=frozenset({2026}))
    assert not is_provisional(cal, at(16, 9), at(17, 9))
    assert is_provisional(cal, at(16, 9), datetime(2027, 1, 4, 9, tzinfo=SHANGHAI))
    assert is_provisional(cal, datetime(2026, 12, 31, 23, tzinfo=UTC)), "in Shanghai it is 2027 by then"
    assert not is_provisional(calendar(holiday_free=True), at(16, 9))


def test_night_shifts_join_at_midnight() -> None:
    nights = calendar(weekly=((Shift(0, 360), Shift(1320, 1440)),) * 7)
    assert add_working(nights, at(16, 21), timedelta(hours=9)) == at(17, 23)
    assert add_working(nights, at(16, 22), timedelta(hours=8)) == at(17, 6)


def test_clocks_set_forward_and_back_count_the_time_that_passes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = calendar("Europe/Berlin", weekly=((Shift(0, 1440),),) * 7)
    forward, back = datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 10, 25, tzinfo=berlin)
    for start, hours in ((forward, 23), (back, 25)):
        assert working_between(day, start, start + timedelta(days=1)) == timedelta(hours=hours)
    small = calendar("Europe/Berlin", weekly=((Shift(60, 150),),) * 7)
    assert working_between(small, forward, forward + timedelta(days=1)) == timedelta(hours=1), "02:30 is never shown"
    assert working_between(small, back, back + timedelta(days=1)) == timedelta(hours=2), "02:00 to 02:30 comes twice"
    assert local_instant(berlin, date(2026, 3, 29), 150) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_calendar_without_working_time_says_so_instead_of_searching_for_ever() -> None:
    with pytest.raises(Malformed, match=r"calendar\.no_working_time"):
        add_working(calendar(weekly=((),) * 7), at(16, 9), MINUTE)
    with pytest.raises(Malformed, match=r"calendar\.no_working_time"):
        end_of_work_day(calendar(weekly=((),) * 7), at(16, 9), 1)
    with pytest.raises(Malformed, match=r"calendar\.negative_span"):
        add_working(calendar(), at(16, 9), -MINUTE)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("calendar.week", {"weekly": (OFFICE,) * 5}),
        ("calendar.shifts_overlap", {"weekly": ((Shift(0, 60), Shift(59, 120)),) * 7}),
        (
            "calendar.shifts_overlap",
            {"exceptions": {date(2026, 1, 1): SpecialDay(OFFICE[::-1], "turned round")}},
        ),
        ("calendar.time_zone", {"time_zone": "Asia/Atlantis"}),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(code: str, changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=code):
        calendar(**changes)  # type: ignore[arg-type]


# --- Random calendars ------------------------------------------------------------------------------------------------

ZONES = ("Asia/Shanghai", "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(Shift(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    weekly = tuple(draw(shifts()) for _ in range(7))
    if not any(weekly):
        weekly = (OFFICE, *weekly[1:])
    special = draw(st.dictionaries(st.dates(date(2026, 10, 18), date(2026, 11, 8)), shifts(), max_size=5))
    return WorkingCalendar(
        calendar_id="random",
        version=1,
        time_zone=draw(st.sampled_from(ZONES)),
        weekly=weekly,
        exceptions={day: SpecialDay(own, "special") for day, own in special.items()},
    )


STARTS = st.integers(0, 14 * 1440).map(lambda minutes: datetime(2026, 10, 19, tzinfo=UTC) + minutes * MINUTE)


@settings(max_examples=150, deadline=None)
@given(cal=calendars(), start=STARTS, seconds=st.integers(0, 400_000))
def test_adding_and_measuring_are_inverse_and_stretches_leave_no_gap(
    cal: WorkingCalendar, start: datetime, seconds: int
) -> None:
    span = timedelta(seconds=seconds)
    due = add_working(cal, start, span)
    assert working_between(cal, start, due) == span
    assert not seconds or working_between(cal, start, due - timedelta(seconds=1)) < span, "the earliest such instant"
    cut = stretches(cal, start, due)
    assert sum((s.span for s in cut if s.counted), timedelta()) == span
    assert [s.start for s in cut] == [start, *(s.end for s in cut[:-1])][: len(cut)]
    assert not cut or cut[-1].end == due
