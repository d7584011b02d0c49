"""Shares and ranks: who is called the worst, and by what nobody is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gridward.domain.standards import Weights
from gridward.domain.statistics.figures import Standing, figure, most_improved, score, score_parts, worst
from gridward.domain.statistics.indices import BY_CODE, INDICES, Better

GOOD, BAD = (90, 100), (10, 100)


def standing(code: str, group: str, now: tuple[int, int], before: tuple[int, int]) -> Standing:
    index = BY_CODE[code]
    assert index.below is not None
    return Standing(
        group=group,
        figure=figure(index, {index.above: now[0], index.below: now[1]}),
        before=figure(index, {index.above: before[0], index.below: before[1]}),
    )


@pytest.mark.parametrize(
    ("code", "first"), [("closed_in_time", "few of it"), ("reworked", "much of it"), ("past", None), ("extended", None)]
)
def test_the_worst_is_the_worst_by_an_index_that_judges_and_by_no_other(code: str, first: str | None) -> None:
    listed = [standing(code, "much of it", GOOD, BAD), standing(code, "few of it", BAD, GOOD)]
    assert [one.group for one in worst(listed, 1)] == ([] if first is None else [first])
    better = {"closed_in_time": ["much of it"], "reworked": ["few of it"]}.get(code, [])
    assert [one.group for one in most_improved(listed, 5)] == better


def test_whoever_has_too_few_is_not_ranked() -> None:
    listed = [standing("closed_in_time", "few", (0, 19), BAD), standing("closed_in_time", "enough", (20, 20), BAD)]
    assert [one.group for one in worst(listed, 5)] == ["enough"]


def test_what_only_tells_is_a_share_or_a_count_that_nobody_is_blamed_for() -> None:
    tells = {one.code for one in INDICES if one.better is Better.neither}
    assert tells >= {"extended", "deferred", "shelved", "sent_late", "for_unit", "past"}


COUNTS = {
    "ticket.should_close": 4,
    "ticket.closed": 3,
    "ticket.closed_in_time": 2,
    "ticket.reported_done": 4,
    "ticket.reworked": 1,
    "order.made": 2,
    "order.unanswered": 1,
}


def test_the_score_is_the_sum_of_its_parts_by_whatever_weights() -> None:
    parts = {one.code: one.points for one in score_parts(COUNTS, Weights())}
    assert parts == {"closed_in_time": 25, "closed": Fraction(45, 2), "reworked": Fraction(15, 2), "supervised": 8}
    assert score(COUNTS, Weights()) == 63
    only_closing = Weights(
        closed_in_time=Fraction(0), closed=Fraction(60), not_reworked=Fraction(0), orders=Fraction(40)
    )
    assert score(COUNTS, only_closing) == 45 + 38
    assert score({**COUNTS, "order.made": 100}, Weights()) == 55, "orders take away their own points and no others"
    assert score({"order.made": 1}, Weights()) is None, "nothing to divide by is no score"


@pytest.mark.parametrize(
    "weights",
    [{"closed": Fraction(-1)}, dict.fromkeys(("closed_in_time", "closed", "not_reworked", "orders"), Fraction(0))],
)
def test_weights_that_weigh_nothing_are_refused(weights: dict[str, Fraction]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Weights(**weights)
