"""成因: when the same thing in one house is a cause to look into, and when what was done about it helped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.causes import USUAL, Before, Helped, Occurrence, Rule, check_rule, check_words, effect, propose
from gridward.domain.errors import Malformed

NOW = datetime(2026, 9, 1, 4, tzinfo=UTC)


def days_ago(*days: float) -> list[Occurrence]:
    return [Occurrence(uuid4(), NOW - timedelta(days=day)) for day in sorted(days, reverse=True)]


def decided(days: float, *tickets: UUID) -> Before:
    return Before(cause_id=uuid4(), decided_at=NOW - timedelta(days=days), ticket_ids=frozenset(tickets))


def test_the_third_time_within_thirty_days_is_a_cause_and_the_thirty_first_day_is_not() -> None:
    assert propose(days_ago(29, 10), USUAL, None, NOW) is None
    assert propose(days_ago(30, 10, 0), USUAL, None, NOW) is None
    found = propose(days_ago(29.9, 10, 0), USUAL, None, NOW)
    assert found is not None
    assert (len(found.tickets), found.joins) == (3, None)
    assert propose(days_ago(3, 2, 1), Rule(watched=False), None, NOW) is None
    assert propose(days_ago(3, 2), Rule(times=2, days=7), None, NOW) is not None


def test_while_one_waits_more_of_the_same_joins_it_and_nothing_is_told_twice() -> None:
    happened = days_ago(20, 10, 5)
    waiting = Before(cause_id=uuid4(), decided_at=None, ticket_ids=frozenset(one.ticket_id for one in happened))
    assert propose(happened, USUAL, waiting, NOW) is None
    fourth = Occurrence(uuid4(), NOW)
    more = propose([*happened, fourth], USUAL, waiting, NOW)
    assert more is not None
    assert (more.tickets, more.joins) == ((fourth,), waiting.cause_id)


def test_what_was_decided_on_makes_no_new_cause_but_three_more_do() -> None:
    happened = days_ago(20, 15, 12)
    after = days_ago(5, 3)
    assert propose([*happened, *after], USUAL, decided(10), NOW) is None
    again = propose([*happened, *after, Occurrence(uuid4(), NOW)], USUAL, decided(10), NOW)
    assert again is not None
    assert (len(again.tickets), again.joins) == (3, None)


def test_whether_it_helped_is_said_when_as_many_days_are_over() -> None:
    before = [NOW - timedelta(days=day) for day in (20, 12, 3)]

    def became(*after_days: float, looked: float) -> Helped:
        after = [NOW + timedelta(days=day) for day in after_days]
        return effect([*before, *after], NOW, 30, NOW + timedelta(days=looked)).helped

    assert became(looked=29) is Helped.watching
    assert became(looked=30) is Helped.stopped
    assert became(4, looked=10) is Helped.watching
    assert became(4, looked=31) is Helped.fewer
    assert became(4, 5, 6, looked=7) is Helped.no_better
    assert became(31, looked=60) is Helped.stopped


@given(st.lists(st.floats(0, 60), max_size=12), st.integers(2, 6), st.integers(1, 40))
def test_a_cause_has_at_least_as_many_tickets_as_the_rule_says_all_within_its_days(
    days: list[float], times: int, within: int
) -> None:
    found = propose(days_ago(*days), Rule(times=times, days=within), None, NOW)
    recent = [day for day in days if timedelta(days=day) < timedelta(days=within)]
    assert (found is not None) == (len(recent) >= times)
    assert found is None or len(found.tickets) == len(recent)


def test_rules_and_words_out_of_bounds_are_refused_by_name() -> None:
    for wrong in (Rule(times=1), Rule(times=51), Rule(days=0), Rule(days=366)):
        with pytest.raises(Malformed, match="out_of_range"):
            check_rule(wrong)
    for words in (" ", "长" * 1001):
        with pytest.raises(Malformed):
            check_words(words)
    assert check_words(" 换了排水管 ") == "换了排水管"
