"""How likely two tickets tell of the same thing: a score of four parts, each shown, so that a person can disagree with it.

Nothing is ever merged by it. The weights are ours, chosen so that kind and place together decide, and time and words only
tip the balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridward.domain.geometry import distance_m

LIKELY = 0.45
"""From this score on a pair is shown."""

WEIGHTS = {"kind": 0.35, "distance": 0.35, "time": 0.15, "words": 0.15}
SAME_KIND, SAME_CONDITION = 0.8, 1.0
FADES_AT = 3
"""Radii of the category at which the distance says nothing any more."""

HALF_AFTER = timedelta(days=2)
"""So long apart, the time speaks half as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a ticket tells of: WGS-84 degrees, accuracy in metres, when it was seen, the reporters' words about it."""

    category: str
    condition_id: str | None
    lon: float
    lat: float
    accuracy_m: float
    seen_at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The four parts, each 0…1, and the score they make. ``words`` None: one of the two has none, and it does not count."""

    kind: float
    distance: float
    time: float
    words: float | None
    distance_m: float
    apart: timedelta

    @property
    def score(self) -> float:
        parts = {"kind": self.kind, "distance": self.distance, "time": self.time, "words": self.words}
        known = {name: part for name, part in parts.items() if part is not None}
        return sum(WEIGHTS[name] * part for name, part in known.items()) / sum(WEIGHTS[name] for name in known)


def likeness(one: Told, other: Told, *, radius_m: float) -> Likeness:
    """How alike two tickets are. ``radius_m``: within which a report of this kind is taken for the same (the standard's)."""
    away = distance_m(one.lon, one.lat, other.lon, other.lat)
    apart = abs(one.seen_at - other.seen_at)
    reach = reach_m(radius_m, one.accuracy_m + other.accuracy_m)
    return Likeness(
        kind=_kind(one, other),
        distance=max(0.0, 1.0 - away / reach),
        time=0.5 ** (apart / HALF_AFTER),
        words=_words(one.words, other.words),
        distance_m=away,
        apart=apart,
    )


def reach_m(radius_m: float, accuracy_m: float = 0.0) -> float:
    """How far away a twin is looked for; two bad positions may be far apart and mean one place."""
    return FADES_AT * radius_m + accuracy_m


def _kind(one: Told, other: Told) -> float:
    if one.category != other.category:
        return 0.0
    same = one.condition_id is not None and one.condition_id == other.condition_id
    return SAME_CONDITION if same else SAME_KIND


def _words(one: str, other: str) -> float | None:
    """Dice's coefficient over pairs of neighbouring characters: works for Chinese, which has no spaces between words."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return None
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(words: str) -> frozenset[str]:
    plain = "".join(char for char in words.lower() if char.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))
