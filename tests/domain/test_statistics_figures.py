"""Shares and ranks: who is called the worst, and by what nobody is."""

from __future__ import annotations

import pytest

from gridward.domain.statistics.figures import Standing, figure, most_improved, worst
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
