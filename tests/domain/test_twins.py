"""How alike two tickets are: the same thing told twice comes first, and each part can be read off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cast import MARKET, NOON
from gridward.domain.tickets.twins import LIKELY, Told, likeness

RADIUS_M = 30.0
METRE = 1 / 111_000
BIN = Told(
    category="litter_full",
    condition_id="litter_full",
    lon=MARKET[0],
    lat=MARKET[1],
    accuracy_m=8.0,
    seen_at=NOON,
    words="学校东门旁的垃圾桶满了",
)


def score(**more: object) -> float:
    return likeness(BIN, replace(BIN, **more), radius_m=RADIUS_M).score  # type: ignore[arg-type]


def test_the_same_told_twice_is_as_like_as_can_be() -> None:
    assert score() == pytest.approx(1.0)


def test_another_kind_far_away_long_ago_in_other_words_is_no_twin() -> None:
    told = {
        "category": "manhole",
        "lat": BIN.lat + 500 * METRE,
        "seen_at": NOON - timedelta(days=20),
        "words": "井盖缺失",
    }
    assert score(**told) < 0.05


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ({"lat": BIN.lat + 10 * METRE}, {"lat": BIN.lat + 60 * METRE}),
        ({"seen_at": NOON - timedelta(hours=2)}, {"seen_at": NOON - timedelta(days=4)}),
        ({"words": "东门垃圾桶满了"}, {"words": "河边有人倒水泥"}),
        ({"condition_id": None}, {"category": "litter_ground"}),
    ],
)
def test_each_part_tells_the_likelier_twin(nearer: dict[str, object], farther: dict[str, object]) -> None:
    assert score() > score(**nearer) > score(**farther)


def test_the_same_kind_a_few_steps_away_is_shown_and_the_next_corner_is_not() -> None:
    silent = {"words": "", "condition_id": None}
    assert score(lat=BIN.lat + 25 * METRE, seen_at=NOON - timedelta(days=1), **silent) > LIKELY
    assert score(lat=BIN.lat + 200 * METRE, seen_at=NOON - timedelta(days=6), **silent) < LIKELY


def test_without_words_the_other_parts_decide_alone() -> None:
    alike = likeness(BIN, replace(BIN, words="满"), radius_m=RADIUS_M)
    assert alike.words is None, "one character makes no pair"
    assert alike.score == pytest.approx(1.0)


def test_two_bad_positions_may_mean_one_place() -> None:
    apart = {"lat": BIN.lat + 120 * METRE}
    assert likeness(BIN, replace(BIN, **apart), radius_m=RADIUS_M).distance == 0.0
    assert likeness(BIN, replace(BIN, accuracy_m=100.0, **apart), radius_m=RADIUS_M).distance > 0.3


def test_it_does_not_matter_which_is_asked_first() -> None:
    other = replace(BIN, lat=BIN.lat + 20 * METRE, words="垃圾", seen_at=NOON + timedelta(hours=5))
    assert likeness(BIN, other, radius_m=RADIUS_M) == likeness(other, BIN, radius_m=RADIUS_M)
