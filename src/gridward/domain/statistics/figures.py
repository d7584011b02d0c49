"""From counts to figures: shares with their n, the score, and what is the worst and what improved most. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gridward.domain.standards import Weights
from gridward.domain.statistics.indices import BY_CODE, FEW, INDICES, Better, Index

Counts = Mapping[str, int]
"""Set → how many are in it; a set that is not named has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An index counted. ``n``: its base, or the count itself; ``few``: too few for a colour or a rank."""

    index: Index
    above: int
    below: int | None

    @property
    def n(self) -> int:
        return self.above if self.below is None else self.below

    @property
    def share(self) -> Fraction | None:
        """None without a base: nothing divided by nothing is no 100 %."""
        return Fraction(self.above, self.below) if self.below else None

    @property
    def few(self) -> bool:
        return self.below is not None and self.below < FEW


def figure(index: Index, counts: Counts) -> Figure:
    below = None if index.below is None else counts.get(index.below, 0)
    return Figure(index=index, above=counts.get(index.above, 0), below=below)


def figures(counts: Counts) -> tuple[Figure, ...]:
    """Every index of one set of counts, in the order of the rule book."""
    return tuple(figure(index, counts) for index in INDICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of 综合评分: by which index, how many points at most, and how many there are; None where it has no base."""

    code: str
    most: Fraction
    points: Fraction | None


def score_parts(counts: Counts, weights: Weights) -> tuple[Part, ...]:
    """What 综合评分 is made of."""

    def part(code: str, most: Fraction, *, of_the_rest: bool = False) -> Part:
        share = figure(BY_CODE[code], counts).share
        if share is not None and of_the_rest:
            share = 1 - share
        return Part(code=code, most=most, points=None if share is None else share * most)

    lost = weights.per_order * counts.get("order.made", 0) + weights.per_unanswered * counts.get("order.unanswered", 0)
    return (
        part("closed_in_time", weights.closed_in_time),
        part("closed", weights.closed),
        part("reworked", weights.not_reworked, of_the_rest=True),
        Part(code="supervised", most=weights.orders, points=max(Fraction(0), weights.orders - lost)),
    )


def score(counts: Counts, weights: Weights) -> Fraction | None:
    """综合评分 out of ``weights.most``; None where a part has no base."""
    total = Fraction(0)
    for one in score_parts(counts, weights):
        if one.points is None:
            return None
        total += one.points
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One group's share in a period and in the one before it."""

    group: str
    figure: Figure
    before: Figure

    @property
    def change(self) -> Fraction | None:
        """Better is positive, whichever way the index goes; None where either has too few, or the index only tells."""
        now, then = self.figure.share, self.before.share
        if now is None or then is None or self.figure.few or self.before.few:
            return None
        if self.figure.index.better is Better.neither:
            return None
        return now - then if self.figure.index.better is Better.high else then - now


def worst(standings: list[Standing], most: int) -> list[Standing]:
    """Those with the worst share first; groups with too few are not ranked, nor by an index that only tells."""

    def badness(one: Standing) -> tuple[Fraction, int]:
        share = one.figure.share or Fraction(0)
        return (share if one.figure.index.better is Better.high else -share), -one.figure.n

    ranked = [one for one in standings if one.figure.share is not None and not one.figure.few]
    return sorted((one for one in ranked if one.figure.index.better is not Better.neither), key=badness)[:most]


def most_improved(standings: list[Standing], most: int) -> list[Standing]:
    """Those that became better, the largest step first; both periods need enough."""
    better = [(one.change, one) for one in standings if one.change is not None and one.change > 0]
    return [one for _, one in sorted(better, key=lambda pair: (-pair[0], -pair[1].figure.n))][:most]
