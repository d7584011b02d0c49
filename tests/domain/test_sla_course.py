"""Counting against a second way of counting: minute by minute, and the offline time that a phone may claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.sla.clocks import Clock, Extension, Pause, Why
from gridward.domain.sla.counted import Credit, counted_at
from gridward.domain.sla.course import course_of
from gridward.domain.sla.ledger import ledger
from gridward.domain.standards import ClockKind, DayRule, Limit, LimitKind, Measure
from gridward.domain.sync import PhoneClock, Sending
from story import at, calendar, condition, standard, terms

MINUTE = timedelta(minutes=1)
START = at("Mon 07:00")

KINDS = st.sampled_from([LimitKind.WORK_HOUR, LimitKind.URGENT_HOUR, LimitKind.WORK_DAY, LimitKind.NATURAL_DAY])
LIMITS = st.builds(Limit, KINDS, st.integers(1, 5))
MOMENTS = st.integers(0, 60 * 24 * 9)
PAUSES = st.lists(st.tuples(MOMENTS, st.integers(0, 60 * 24 * 3)), max_size=4)


def clock_with(limit: Limit, begins: int, pauses: list[tuple[int, int]], extensions: list[tuple[int, Limit]]) -> Clock:
    return Clock(
        key="resolve-1-1",
        kind=ClockKind.RESOLVE,
        round=1,
        standard_id="s1",
        condition_id="litter",
        limit=limit,
        calendars={"city": 1},
        started_at=START + begins * MINUTE,
        pauses=tuple(
            Pause(why=Why.DEFER, start=START + a * MINUTE, end=START + (a + length) * MINUTE) for a, length in pauses
        ),
        extensions=tuple(
            Extension(limit=more, asked_at=START + a * MINUTE, granted_at=START, basis=str(a)) for a, more in extensions
        ),
    )


def working(cal: WorkingCalendar, minute: datetime) -> bool:
    local = minute.astimezone(cal.zone)
    since = local.hour * 60 + local.minute
    return any(shift.start_minute <= since < shift.end_minute for shift in cal.shifts_on(local.date()))


def by_the_minute(clock: Clock) -> datetime:
    """Due by the ``hours`` rule, counted one minute after the other: each allowance eats the minutes that are its own."""
    city = calendar("city")
    per_unit = {
        LimitKind.WORK_HOUR: 60,
        LimitKind.URGENT_HOUR: 60,
        LimitKind.WORK_DAY: 480,
        LimitKind.NATURAL_DAY: 1440,
    }
    queue = [clock.limit, *(e.limit for e in sorted(clock.extensions, key=lambda e: e.asked_at))]
    at_ = clock.started_at
    for limit in queue:
        left = int(limit.amount) * per_unit[limit.kind]
        hours = limit.kind in (LimitKind.WORK_HOUR, LimitKind.WORK_DAY)
        while left:
            paused = any(p.start <= at_ < (p.end or at_) for p in clock.pauses)
            left -= not paused and (not hours or working(city, at_))
            at_ += MINUTE
    return at_


@settings(deadline=None, max_examples=60)
@given(LIMITS, MOMENTS, PAUSES, st.lists(st.tuples(MOMENTS, LIMITS), max_size=2, unique_by=lambda e: e[0]))
def test_due_is_what_counting_by_the_minute_gives(
    limit: Limit, begins: int, pauses: list[tuple[int, int]], extensions: list[tuple[int, Limit]]
) -> None:
    clock = clock_with(limit, begins, pauses, extensions)
    rules = terms(standard(DayRule.HOURS))
    course = course_of(clock, rules)
    assert course.due == by_the_minute(clock)
    assert course.due is not None
    later = course.due + timedelta(days=3)
    book = ledger(clock, rules, later)
    assert sum((line.span for line in book.lines if line.counted), timedelta()) == book.counted == course.counted(later)
    assert course.counted(course.due) == course.span


@settings(deadline=None, max_examples=150)
@given(LIMITS, MOMENTS, PAUSES, st.permutations(range(4)), st.sampled_from(list(DayRule)))
def test_the_order_in_which_pauses_were_granted_is_nothing(
    limit: Limit, begins: int, pauses: list[tuple[int, int]], order: list[int], rule: DayRule
) -> None:
    shuffled = [pauses[n] for n in order if n < len(pauses)]
    rules = terms(standard(rule))
    assert (
        course_of(clock_with(limit, begins, pauses, []), rules).due
        == course_of(clock_with(limit, begins, shuffled, []), rules).due
    )


@settings(deadline=None, max_examples=150)
@given(LIMITS, MOMENTS, PAUSES, st.tuples(MOMENTS, st.integers(1, 4000)), st.sampled_from(list(DayRule)))
def test_a_pause_never_brings_due_forward_and_never_changes_the_span(
    limit: Limit, begins: int, pauses: list[tuple[int, int]], more: tuple[int, int], rule: DayRule
) -> None:
    rules = terms(standard(rule))
    without, paused = clock_with(limit, begins, pauses, []), clock_with(limit, begins, [*pauses, more], [])
    first, second = course_of(without, rules), course_of(paused, rules)
    assert first.due is not None
    assert second.due is not None
    assert second.due >= first.due
    assert first.span == second.span, "a pause freezes what is left, whatever the kind of limit"


@settings(deadline=None, max_examples=100)
@given(LIMITS, MOMENTS, PAUSES, st.sampled_from([50, 80, 100, 150, 200]))
def test_a_step_of_the_ladder_is_where_its_share_was_used_up(
    limit: Limit, begins: int, pauses: list[tuple[int, int]], percent: int
) -> None:
    course = course_of(clock_with(limit, begins, pauses, []), terms(standard(DayRule.HOURS)))
    instant = course.instant_at(percent)
    assert instant is not None
    assert course.span is not None
    assert course.counted(instant) == course.span * percent / 100
    assert course.counted(instant - timedelta(seconds=1)) < course.counted(instant)


def test_an_open_pause_leaves_due_unknown() -> None:
    clock = clock_with(Limit(LimitKind.WORK_HOUR, 4), 60, [], [])
    waiting = Pause(why=Why.REPORTER, start=at("Mon 09:00"), end=None)
    course = course_of(replace(clock, pauses=(waiting,)), terms())
    assert course.due is None
    assert course.instant_at(50) is None
    assert course.counted(at("Tue 18:00")) == timedelta(hours=1)


# What a phone may claim ------------------------------------------------------------------------------------------------------

RECEIVED = at("Tue 10:00")


def phone(
    captured: datetime, *, offset_s: float | None = 0.0, boot: str | None = None, mono_s: float = 0.0
) -> PhoneClock:
    offset = None if offset_s is None else offset_s * 1000
    return PhoneClock(captured_at=captured, offset_ms=offset, boot_id=boot, mono_ms=mono_s * 1000)


def counted(
    clock: PhoneClock | None, sending: Sending | None, credit: Credit | None = None
) -> tuple[datetime, str | None]:
    got = counted_at(
        clock, sending, RECEIVED, not_before=at("Mon 08:00"), late_limit=timedelta(hours=72), credit=credit
    )
    return got.at, got.why


TRUE = Sending(client_now=RECEIVED)


@pytest.mark.parametrize(
    ("clock", "sending", "expected"),
    [
        (None, None, (RECEIVED, None)),
        (phone(at("Tue 09:00")), TRUE, (at("Tue 09:00"), None)),
        (phone(at("Tue 08:00"), offset_s=3600), Sending(client_now=at("Tue 09:00")), (at("Tue 09:00"), None)),
        (phone(at("Tue 09:00"), offset_s=299), TRUE, (at("Tue 09:04:59"), None)),
        (phone(at("Tue 09:00"), offset_s=301), TRUE, (RECEIVED, "clock_untrusted")),
        (phone(at("Tue 09:00"), offset_s=None), TRUE, (RECEIVED, "clock_untrusted")),
        (phone(at("Tue 09:00")), Sending(), (RECEIVED, "clock_untrusted")),
        (phone(at("Tue 11:00")), TRUE, (RECEIVED, None)),
        (phone(at("Mon 07:00")), TRUE, (at("Mon 08:00"), "before_start")),
    ],
    ids=[
        "now",
        "true",
        "corrected",
        "agrees",
        "differs",
        "never met",
        "says nothing",
        "from the future",
        "before the start",
    ],
)
def test_when_a_phone_is_believed(
    clock: PhoneClock | None, sending: Sending | None, expected: tuple[datetime, str | None]
) -> None:
    assert counted(clock, sending) == expected


def test_a_clock_ten_years_off_is_believed_by_its_unbroken_chain_only() -> None:
    wrong = at("Tue 09:00") - timedelta(days=3650)
    chained = phone(wrong, offset_s=None, boot="b1", mono_s=1000)
    assert counted(chained, Sending(client_now=wrong, boot_id="b1", mono_ms=1_900_000)) == (at("Tue 09:45"), None)
    assert counted(chained, Sending(client_now=wrong, boot_id="b2", mono_ms=1_900_000)) == (RECEIVED, "clock_untrusted")
    assert counted(chained, Sending(client_now=wrong, boot_id="b1", mono_ms=900_000)) == (RECEIVED, "clock_untrusted")


def test_the_credit_is_in_working_time() -> None:
    credit = Credit(span=timedelta(hours=2), measure=Measure(calendar("city")))
    assert counted(phone(at("Mon 18:30")), TRUE, credit) == (at("Mon 18:30"), None), "a night earns nothing"
    assert counted(phone(at("Mon 17:00")), TRUE, credit) == (at("Mon 18:00"), "capped")


@settings(deadline=None)
@given(
    st.integers(-400_000, 400_000),
    st.one_of(st.none(), st.integers(-1000, 1000)),
    st.integers(-1000, 1000),
    st.booleans(),
)
def test_counted_time_never_leaves_its_bounds(ago: int, offset: int | None, drift: int, capped: bool) -> None:
    clock = phone(RECEIVED - timedelta(seconds=ago), offset_s=offset)
    credit = Credit(span=timedelta(hours=2), measure=Measure(calendar("city"))) if capped else None
    moment, _ = counted(clock, Sending(client_now=RECEIVED + timedelta(seconds=drift)), credit)
    assert at("Mon 08:00") <= moment <= RECEIVED
    if capped:
        assert Measure(calendar("city")).between(moment, RECEIVED) <= timedelta(hours=2)


def test_a_standard_may_say_days_by_another_rule() -> None:
    rules = terms(standard(DayRule.NEXT_DAY, condition("litter", Limit(LimitKind.NATURAL_DAY, 1))))
    clock = clock_with(Limit(LimitKind.NATURAL_DAY, 1), 120, [], [])
    assert course_of(clock, rules).due == at("Wed 00:00")
