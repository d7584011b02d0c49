"""Due instants, pauses and extensions of every kind of limit; the week begins on Monday, 16 November 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridward.domain.calendar import Shift, SpecialDay, WorkingCalendar
from gridward.domain.errors import Malformed
from gridward.domain.standards import DayRule, Limit, LimitKind, Timekeeping, extend_paused

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (Shift(8 * 60, 12 * 60), Shift(14 * 60, 18 * 60))
CITY = WorkingCalendar(
    calendar_id="city", version=1, time_zone="Asia/Shanghai", weekly=(OFFICE,) * 5 + ((), ()), exceptions={}
)
SWEEPING = WorkingCalendar(
    calendar_id="work", version=1, time_zone="Asia/Shanghai", weekly=((Shift(6 * 60, 22 * 60),),) * 7, exceptions={}
)
SHORT_THURSDAY = WorkingCalendar(
    calendar_id="city",
    version=2,
    time_zone="Asia/Shanghai",
    weekly=CITY.weekly,
    exceptions={date(2026, 11, 19): SpecialDay((Shift(13 * 60, 17 * 60),), "a short day")},
)

HOURS = Timekeeping(CITY, CITY, DayRule.HOURS)
NEXT_DAY = Timekeeping(CITY, CITY, DayRule.NEXT_DAY)
BOTH = (HOURS, NEXT_DAY)

WORK_HOUR, URGENT_HOUR, WORK_DAY, NATURAL_DAY, URGENT_DAY, BY_TIME = (
    LimitKind.WORK_HOUR,
    LimitKind.URGENT_HOUR,
    LimitKind.WORK_DAY,
    LimitKind.NATURAL_DAY,
    LimitKind.URGENT_DAY,
    LimitKind.BY_TIME,
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; days beyond 30 are December's."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=SHANGHAI) + timedelta(days=day - 1)


MON, TUE, WED, THU, FRI, SAT, SUN, NEXT_MON, NEXT_TUE = range(16, 25)


@pytest.mark.parametrize(
    ("keepings", "start", "limit", "due"),
    [
        (BOTH, at(FRI, 17), Limit(WORK_HOUR, 4), at(NEXT_MON, 11)),
        (BOTH, at(FRI, 17), Limit(URGENT_HOUR, 2), at(FRI, 19)),
        (BOTH, at(MON, 11, 30), Limit(WORK_HOUR, 2), at(MON, 15, 30)),
        (BOTH, at(MON, 13), Limit(WORK_HOUR, 1), at(MON, 15)),
        ([NEXT_DAY], at(MON, 9), Limit(WORK_DAY, 1), at(TUE, 18)),
        ([HOURS], at(MON, 9), Limit(WORK_DAY, 1), at(TUE, 9)),
        (BOTH, at(SAT, 10), Limit(WORK_DAY, 1), at(NEXT_MON, 18)),
        ([HOURS], at(FRI, 17), Limit(WORK_DAY, 2), at(NEXT_TUE, 17)),
        (BOTH, at(FRI, 22, 10), Limit(URGENT_HOUR, 2), at(SAT, 0, 10)),
        ([NEXT_DAY], at(MON, 9), Limit(NATURAL_DAY, 2), at(THU, 0)),
        ([HOURS], at(MON, 9), Limit(NATURAL_DAY, 2), at(WED, 9)),
        (BOTH, at(FRI, 9), Limit(URGENT_DAY, 2), at(SUN, 9)),
        (BOTH, at(MON, 9), Limit(WORK_HOUR, Fraction(1, 3)), at(MON, 9, 20)),
        ([HOURS], at(MON, 8), Limit(WORK_DAY, Fraction(1, 2)), at(MON, 12)),
        (BOTH, at(MON, 9), Limit(BY_TIME, 0, minute_of_day=1080), at(MON, 18)),
        (BOTH, at(MON, 19), Limit(BY_TIME, 0, minute_of_day=1080), at(TUE, 18)),
        (BOTH, at(MON, 19), Limit(BY_TIME, 1, minute_of_day=720), at(TUE, 12)),
        (BOTH, at(SAT, 19), Limit(BY_TIME, 0, minute_of_day=1440), at(SUN, 0)),
    ],
)
def test_when_it_is_due(keepings: tuple[Timekeeping, ...], start: datetime, limit: Limit, due: datetime) -> None:
    for keeping in keepings:
        assert limit.due(start, keeping) == due


def test_days_are_counted_on_the_citys_calendar_hours_on_the_clocks() -> None:
    keeping = Timekeeping(CITY, SWEEPING, DayRule.HOURS)
    assert Limit(WORK_HOUR, 4).due(at(SAT, 20), keeping) == at(SUN, 8)
    assert Limit(WORK_DAY, 1).due(at(SAT, 20), keeping) == at(NEXT_MON, 18)


@pytest.mark.parametrize(
    ("keeping", "limit", "pause", "due"),
    [
        (HOURS, Limit(WORK_HOUR, 4), (at(MON, 10), at(WED, 10)), at(WED, 15)),
        (HOURS, Limit(WORK_DAY, 3), (at(MON, 10), at(THU, 10)), at(NEXT_TUE, 9)),
        (HOURS, Limit(URGENT_HOUR, 4), (at(MON, 10), at(THU, 10)), at(THU, 13)),
        (NEXT_DAY, Limit(WORK_DAY, 1), (at(MON, 10), at(THU, 10)), at(FRI, 18)),
        (NEXT_DAY, Limit(WORK_DAY, 1), (at(MON, 10), at(MON, 11)), at(WED, 9)),
        (NEXT_DAY, Limit(WORK_DAY, 1), (at(MON, 18), at(TUE, 8)), at(TUE, 18)),
        (NEXT_DAY, Limit(NATURAL_DAY, 1), (at(MON, 10), at(THU, 10)), at(SAT, 0)),
        (HOURS, Limit(URGENT_DAY, 1), (at(MON, 10), at(MON, 22)), at(TUE, 21)),
        (HOURS, Limit(BY_TIME, 0, minute_of_day=1080), (at(MON, 15), at(MON, 17)), at(MON, 20)),
    ],
)
def test_a_pause_freezes_what_is_left(
    keeping: Timekeeping, limit: Limit, pause: tuple[datetime, datetime], due: datetime
) -> None:
    """Begun on Monday at nine."""
    left = limit.remaining(pause[0], limit.due(at(MON, 9), keeping), keeping)
    assert limit.resume(left, pause[1], keeping) == due


def test_what_was_left_when_the_work_seemed_done_is_left_when_it_was_not() -> None:
    limit = Limit(WORK_HOUR, 4)
    left = limit.remaining(at(MON, 11, 55), limit.due(at(MON, 8), HOURS), HOURS)
    assert left == timedelta(minutes=5)
    assert limit.resume(left, at(MON, 14, 30), HOURS) == at(MON, 14, 35)
    assert limit.due(at(MON, 14, 30), HOURS) == at(TUE, 8, 30), "the setting new_clock"


@pytest.mark.parametrize(
    ("keeping", "due", "extension", "extended"),
    [
        (HOURS, at(MON, 12), Limit(WORK_HOUR, 4), at(MON, 18)),
        (HOURS, at(TUE, 9), Limit(WORK_DAY, 1), at(WED, 9)),
        (NEXT_DAY, at(TUE, 18), Limit(WORK_DAY, 1), at(WED, 18)),
        (NEXT_DAY, at(TUE, 9), Limit(WORK_DAY, 1), at(WED, 9)),
        (NEXT_DAY, at(FRI, 18), Limit(WORK_DAY, 2), at(NEXT_TUE, 18)),
        (NEXT_DAY, at(SAT, 10), Limit(WORK_DAY, 1), at(NEXT_MON, 18)),
        (NEXT_DAY, at(WED, 0), Limit(NATURAL_DAY, 1), at(THU, 0)),
        (NEXT_DAY, at(WED, 9), Limit(NATURAL_DAY, 3), at(SAT, 9)),
        (Timekeeping(SHORT_THURSDAY, CITY, DayRule.NEXT_DAY), at(WED, 9), Limit(WORK_DAY, 1), at(THU, 17)),
        (Timekeeping(SHORT_THURSDAY, CITY, DayRule.NEXT_DAY), at(WED, 16), Limit(WORK_DAY, 1), at(THU, 16)),
        (HOURS, at(FRI, 18), Limit(URGENT_DAY, 1), at(SAT, 18)),
    ],
)
def test_an_extension_adds_its_span(keeping: Timekeeping, due: datetime, extension: Limit, extended: datetime) -> None:
    assert extension.extend(due, keeping) == extended


def test_extended_then_paused() -> None:
    limit, four_more = Limit(WORK_HOUR, 4), Limit(WORK_HOUR, 4)
    due = four_more.extend(limit.due(at(MON, 9), HOURS), HOURS)
    assert limit.resume(limit.remaining(at(MON, 11, 30), due, HOURS), at(WED, 8, 30), HOURS) == at(WED, 16)


def test_an_hour_of_the_day_is_no_span_to_extend_by() -> None:
    with pytest.raises(Malformed, match=r"limit\.extension"):
        Limit(BY_TIME, 0, minute_of_day=1080).extend(at(MON, 18), HOURS)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Limit(WORK_HOUR, 0),
        lambda: Limit(WORK_DAY, -1),
        lambda: Limit(WORK_DAY, 1, minute_of_day=60),
        lambda: Limit(BY_TIME, 0),
        lambda: Limit(BY_TIME, 0, minute_of_day=1441),
        lambda: Limit(BY_TIME, Fraction(1, 2), minute_of_day=60),
        lambda: Limit(WORK_DAY, Fraction(1, 2)).due(at(MON, 9), NEXT_DAY),
    ],
)
def test_limits_that_mean_nothing_are_refused(broken: object) -> None:
    with pytest.raises(Malformed, match=r"limit\."):
        broken()  # type: ignore[operator]


def test_words_for_people() -> None:
    told = [
        Limit(URGENT_HOUR, 2),
        Limit(WORK_HOUR, Fraction(1, 4)),
        Limit(URGENT_HOUR, Fraction(1, 4)),
        Limit(WORK_DAY, 5),
        Limit(BY_TIME, 1, minute_of_day=720),
        Limit(WORK_DAY, 1, "1天"),
    ]
    assert [limit.words for limit in told] == [
        "2紧急工作时",
        "15工作分钟",
        "15紧急分钟",
        "5工作日",
        "次日12:00",
        "1天",
    ]


# --- Random histories ------------------------------------------------------------------------------------------------

KEEPINGS = st.builds(
    Timekeeping, st.sampled_from([CITY, SHORT_THURSDAY]), st.sampled_from([CITY, SWEEPING]), st.sampled_from(DayRule)
)
SPANS = st.builds(
    Limit, st.sampled_from([WORK_HOUR, URGENT_HOUR, WORK_DAY, NATURAL_DAY, URGENT_DAY]), st.integers(1, 12)
)
LIMITS = SPANS | st.builds(Limit, st.just(BY_TIME), st.integers(0, 2), minute_of_day=st.integers(0, 1440))
STARTS = st.integers(0, 10 * 86_400).map(lambda seconds: at(MON, 0) + timedelta(seconds=seconds))


@settings(deadline=None)
@given(keeping=KEEPINGS, limit=LIMITS, start=STARTS, part=st.fractions(0, 1))
def test_a_pause_of_no_length_changes_nothing(
    keeping: Timekeeping, limit: Limit, start: datetime, part: Fraction
) -> None:
    due = limit.due(start, keeping)
    assert due > start
    paused = start + timedelta(seconds=int((due - start).total_seconds() * part))
    assert limit.resume(limit.remaining(paused, due, keeping), paused, keeping) == due or paused == due


@settings(deadline=None)
@given(keeping=KEEPINGS, limit=LIMITS, start=STARTS, cuts=st.lists(st.integers(1, 200_000), min_size=4, max_size=4))
def test_two_pauses_leave_the_clock_its_whole_span(
    keeping: Timekeeping, limit: Limit, start: datetime, cuts: list[int]
) -> None:
    """What ran before, between and after the pauses adds up to what an unbroken run would have had."""
    measure, due, at_ = limit.measure(keeping), limit.due(start, keeping), start
    whole, ran = measure.between(start, due), timedelta()
    for run, pause in (cuts[:2], cuts[2:]):
        paused = min(at_ + timedelta(seconds=run), due)
        ran += measure.between(at_, paused)
        at_ = paused + timedelta(seconds=pause)
        due = limit.resume(limit.remaining(paused, due, keeping), at_, keeping)
    assert ran + measure.between(at_, due) == whole
    assert due >= at_


@settings(deadline=None)
@given(keeping=KEEPINGS, limit=SPANS, extension=SPANS, start=STARTS, run=st.integers(0, 80_000))
def test_an_extension_never_shortens_and_means_the_same_while_paused(
    keeping: Timekeeping, limit: Limit, extension: Limit, start: datetime, run: int
) -> None:
    due = limit.due(start, keeping)
    extended = extension.extend(due, keeping)
    assert extended > due
    paused = min(start + timedelta(seconds=run), due - timedelta(seconds=1))
    left = limit.remaining(paused, due, keeping)
    assert extend_paused(limit, left, paused, extension, keeping) == limit.remaining(paused, extended, keeping)


@settings(deadline=None)
@given(
    limit=SPANS.filter(lambda one: one.kind in (WORK_HOUR, WORK_DAY)),
    extension=SPANS.filter(lambda one: one.kind is WORK_DAY),
    rule=st.sampled_from(DayRule),
    pause=st.integers(1, 400_000),
)
def test_extension_and_pause_commute_on_a_regular_calendar(
    limit: Limit, extension: Limit, rule: DayRule, pause: int
) -> None:
    keeping = Timekeeping(CITY, CITY, rule)
    start = at(MON, 9)
    # Before any of the limits is used up: a clock that is over is not paused.
    paused = start + timedelta(minutes=30)
    resumed = paused + timedelta(seconds=pause)
    due = limit.due(start, keeping)

    def after_pause(instant: datetime) -> datetime:
        return limit.resume(limit.remaining(paused, instant, keeping), resumed, keeping)

    assert after_pause(extension.extend(due, keeping)) == extension.extend(after_pause(due), keeping)
