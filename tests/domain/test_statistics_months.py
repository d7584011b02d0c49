"""Which months a period holds whole, and what lies beside months: every instant in one place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.statements import Month
from gridward.domain.statistics.months import RIPE, Closed, beside, month_of, ripe_months, whole_months

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
zones = st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Pacific/Apia")])
ZERO = datetime(2019, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(), timedelta(days=8 * 365)).map(lambda after: ZERO + after)
months = st.builds(lambda year, month: Month(date(year, month, 1)), st.integers(2019, 2026), st.integers(1, 12))


def midnight(*day: int) -> datetime:
    return datetime(*day, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]


def test_a_year_to_the_day_holds_eleven_months() -> None:
    found = whole_months(midnight(2025, 11, 20), midnight(2026, 11, 20), SHANGHAI)
    assert [found[0].name, found[-1].name, len(found)] == ["2025-12", "2026-10", 11]


def test_a_month_is_whole_from_its_first_midnight_to_its_last() -> None:
    assert [one.name for one in whole_months(midnight(2026, 2, 1), midnight(2026, 3, 1), SHANGHAI)] == ["2026-02"]
    almost = timedelta(microseconds=1)
    assert whole_months(midnight(2026, 2, 1) + almost, midnight(2026, 3, 1), SHANGHAI) == ()
    assert whole_months(midnight(2026, 2, 1), midnight(2026, 3, 1) - almost, SHANGHAI) == ()


def test_a_month_is_ripe_three_days_after_its_end() -> None:
    first, end = midnight(2026, 9, 14), midnight(2026, 11, 1)
    assert [one.name for one in ripe_months(first, end + RIPE, SHANGHAI)] == ["2026-09", "2026-10"]
    assert [one.name for one in ripe_months(first, end + RIPE - timedelta(seconds=1), SHANGHAI)] == ["2026-09"]


@given(instants, instants, zones, instants)
def test_an_instant_of_a_period_lies_in_one_of_its_months_or_at_an_edge(
    one: datetime, other: datetime, zone: ZoneInfo, instant: datetime
) -> None:
    since, until = sorted((one, other))
    found = whole_months(since, until, zone)
    assert len([month for month in found if month.span(zone)[0] <= instant < month.span(zone)[1]]) <= 1
    for month in found:
        assert since <= month.span(zone)[0] < month.span(zone)[1] <= until
    whole = month_of(instant, zone)
    assert (whole in found) == (since <= whole.span(zone)[0] and whole.span(zone)[1] <= until)


@given(st.sets(months), zones, instants)
def test_an_instant_lies_in_a_month_or_beside_it(some: set[Month], zone: ZoneInfo, instant: datetime) -> None:
    inside = month_of(instant, zone) in some
    around = [
        1
        for since, until in beside(some, zone)
        if (since is None or since <= instant) and (until is None or instant < until)
    ]
    assert len(around) == (0 if inside else 1)


@given(instants, instants, zones, instants)
def test_an_instant_of_a_question_lies_in_its_months_or_at_an_edge(
    one: datetime, other: datetime, zone: ZoneInfo, instant: datetime
) -> None:
    since, until = sorted((one, other))
    if not (found := whole_months(since, until, zone)):
        return
    closed = Closed(period=(since, until), months=found, fresh=frozenset(found), judged=until, zone=zone)
    parts = [closed.span, *closed.edges()]
    assert len([part for part in parts if part[0] <= instant < part[1]]) == (since <= instant < until)


def test_what_is_judged_counts_from_sums_only_where_it_settled_before() -> None:
    period = midnight(2026, 1, 1), midnight(2026, 4, 1)
    fresh = frozenset(whole_months(*period, SHANGHAI))
    in_march = Closed(
        period=period, months=tuple(sorted(fresh, key=lambda month: month.first)), fresh=fresh,
        judged=midnight(2026, 3, 1), zone=SHANGHAI,
    )  # fmt: skip
    assert sorted(month.name for month in in_march.settled(judges=True)) == ["2026-01", "2026-02"]
    assert in_march.settled(judges=False) == fresh
