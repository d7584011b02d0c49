"""Positions of a walk: how a phone writes them, which of them can be believed, and the legs (巡查路段) they make.

A web page loses its position when the screen locks. So a track is no line: it is legs, and between two legs there is a gap
about which nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from gridward.domain.errors import Malformed
from gridward.domain.geometry import metres_per_degree
from gridward.domain.patrols.rules import WALK_RULES, WalkRules

MOST_FIXES = 50_000
"""In one message: a day of a position every two seconds. Phones send a few hundred at a time."""
DEGREES = 100_000
UNKNOWN_ACCURACY_M = 10.0
FINEST_STEP_M, COARSEST_STEP_M = 5.0, 25.0
SPEED_OVER_S = 30.0
"""Speed is judged over so long: two positions of one second say little about it."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One position. ``at``: seconds since 1970 of a clock that was put right; ``accuracy_m`` None: the phone did not say."""

    at: float
    lon: float
    lat: float
    accuracy_m: float | None = None


def read_fixes(text: str) -> list[Fix]:
    """Positions as a phone writes them, times counted from the message's own beginning.

    Four whole numbers for each: seconds, longitude and latitude in 1/100,000 degree, accuracy in metres plus one (0: not
    said), each as the difference from the position before, in the printable characters of Google's polyline algorithm. A
    position takes five or six bytes that way.

    Raises:
        Malformed: ``patrol.fixes_unreadable`` with ``at``, the number of the character; ``patrol.too_many_fixes``.
    """
    found: list[Fix] = []
    seconds = lon = lat = accuracy = 0
    numbers = _numbers(text)
    for step, place in numbers:
        try:
            (east, _), (north, _), (wider, place) = next(numbers), next(numbers), next(numbers)
        except StopIteration:
            raise Malformed("patrol.fixes_unreadable", at=len(text)) from None
        seconds, lon, lat, accuracy = seconds + step, lon + east, lat + north, accuracy + wider
        if abs(lon) > 180 * DEGREES or abs(lat) > 90 * DEGREES or accuracy < 0:
            raise Malformed("patrol.fixes_unreadable", at=place)
        found.append(Fix(seconds, lon / DEGREES, lat / DEGREES, float(accuracy - 1) if accuracy else None))
        if len(found) > MOST_FIXES:
            raise Malformed("patrol.too_many_fixes", most=MOST_FIXES)
    return found


def write_fixes(fixes: Iterable[Fix]) -> str:
    """The same the other way round; ``at`` is seconds from the message's beginning."""
    out: list[str] = []
    before = (0, 0, 0, 0)
    for fix in fixes:
        accuracy = 0 if fix.accuracy_m is None else round(fix.accuracy_m) + 1
        now = (round(fix.at), round(fix.lon * DEGREES), round(fix.lat * DEGREES), accuracy)
        out.extend(_written(new - old) for new, old in zip(now, before, strict=True))
        before = now
    return "".join(out)


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    value = shift = 0
    for place, letter in enumerate(text):
        bits = ord(letter) - 63
        if not 0 <= bits < 64 or shift > 45:
            raise Malformed("patrol.fixes_unreadable", at=place)
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            yield (value >> 1) ^ -(value & 1), place
            value = shift = 0
    if shift:
        raise Malformed("patrol.fixes_unreadable", at=len(text))


def _written(value: int) -> str:
    rest = value << 1 if value >= 0 else ~(value << 1)
    out = []
    while rest >= 32:
        out.append(chr((32 | rest & 31) + 63))
        rest >>= 5
    out.append(chr(rest + 63))
    return "".join(out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A stretch without a gap. ``path``: longitude and latitude, one place where somebody stood all the time.

    ``swath_m``: what is seen to each side of it. ``fixes``: how many positions stand behind it.
    """

    path: tuple[tuple[float, float], ...]
    started_at: float
    ended_at: float
    fixes: int
    swath_m: float
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Between two legs: nothing is known, and no line is drawn."""

    from_at: float
    to_at: float
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What can be said of the positions of one patrol. Counts of positions that count for nothing, by why."""

    legs: tuple[Leg, ...]
    gaps: tuple[Gap, ...]
    inaccurate: int
    implausible: int

    @property
    def walked_s(self) -> float:
        return sum(leg.ended_at - leg.started_at for leg in self.legs)


def track_of(devices: Iterable[Sequence[Fix]], rules: WalkRules = WALK_RULES) -> Track:
    """The legs of a patrol. Positions of each phone make legs of their own: two phones are no zigzag.

    Order and repeats in what came make no difference.
    """
    legs: list[Leg] = []
    inaccurate = implausible = 0
    for fixes in devices:
        sound = [fix for fix in fixes if fix.accuracy_m is None or fix.accuracy_m <= rules.most_accuracy_m]
        inaccurate += len(fixes) - len(sound)
        found, fast = _legs(_by_time(sound), rules)
        legs += found
        implausible += fast
    legs.sort(key=lambda leg: (leg.started_at, leg.ended_at))
    return Track(legs=tuple(legs), gaps=tuple(_gaps(legs)), inaccurate=inaccurate, implausible=implausible)


def _by_time(fixes: Iterable[Fix]) -> list[Fix]:
    """One for each instant, the most accurate; of equals the same one whatever their order."""
    best: dict[float, Fix] = {}
    for fix in fixes:
        known = best.get(fix.at)
        if known is None or _rank(fix) < _rank(known):
            best[fix.at] = fix
    return [best[at] for at in sorted(best)]


def _rank(fix: Fix) -> tuple[float, float, float]:
    return (math.inf if fix.accuracy_m is None else fix.accuracy_m, fix.lon, fix.lat)


def _legs(fixes: Sequence[Fix], rules: WalkRules) -> tuple[list[Leg], int]:
    """A position that does not follow from the one before is in doubt until the next one follows from it: then a leg
    begins there. One alone is no leg: a phone in a car gives many such."""
    runs: list[list[Fix]] = []
    run: list[Fix] = []
    doubt: Fix | None = None
    fast = 0
    for fix in fixes:
        if run and _follows(run, fix, rules):
            run.append(fix)
            fast += doubt is not None
            doubt = None
        elif doubt is not None and _follows([doubt], fix, rules):
            runs.append(run)
            run, doubt = [doubt, fix], None
        else:
            fast += doubt is not None and not _apart(doubt, fix, rules)
            doubt = fix
    runs.append(run)
    legs = []
    for each in runs:
        if len(each) < 2:
            continue
        leg = _leg(each, rules)
        if _too_fast(leg, rules):
            fast += leg.fixes
        else:
            legs.append(leg)
    return legs, fast


def _apart(one: Fix, next_one: Fix, rules: WalkRules) -> bool:
    return next_one.at - one.at > rules.gap_s


def _follows(run: Sequence[Fix], fix: Fix, rules: WalkRules) -> bool:
    last = run[-1]
    span, way = fix.at - last.at, _metres(last, fix)
    if span > rules.gap_s or way > rules.gap_m or way > rules.most_speed_ms * span + rules.slack_m:
        return False
    for back in reversed(run):
        if fix.at - back.at >= SPEED_OVER_S:
            return _metres(back, fix) <= rules.most_speed_ms * (fix.at - back.at) + rules.slack_m
    return True


def _leg(run: Sequence[Fix], rules: WalkRules) -> Leg:
    """Steps smaller than the accuracy are no steps: a phone that lies on a table wanders."""
    path = [run[0]]
    for fix in run[1:]:
        said = UNKNOWN_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m
        if _metres(path[-1], fix) >= min(max(said, FINEST_STEP_M), COARSEST_STEP_M):
            path.append(fix)
    accuracy = median(fix.accuracy_m or 0.0 for fix in run)
    return Leg(
        path=tuple((fix.lon, fix.lat) for fix in path),
        started_at=run[0].at,
        ended_at=run[-1].at,
        fixes=len(run),
        swath_m=min(max(rules.swath_m, accuracy), max(rules.most_swath_m, rules.swath_m)),
        length_m=sum(_metres(one, after) for one, after in pairwise(path)),
    )


def _too_fast(leg: Leg, rules: WalkRules) -> bool:
    span = leg.ended_at - leg.started_at
    first, last = leg.path[0], leg.path[-1]
    way = _metres(Fix(0, *first), Fix(0, *last))
    return way > rules.most_speed_ms * span + rules.slack_m / 2 and span < 2 * SPEED_OVER_S


def _gaps(legs: Sequence[Leg]) -> Iterator[Gap]:
    until: Leg | None = None
    for leg in legs:
        if until is not None and leg.started_at > until.ended_at:
            way = _metres(Fix(0, *until.path[-1]), Fix(0, *leg.path[0]))
            yield Gap(from_at=until.ended_at, to_at=leg.started_at, distance_m=way)
        if until is None or leg.ended_at > until.ended_at:
            until = leg


def _metres(one: Fix, other: Fix) -> float:
    per_lon, per_lat = metres_per_degree((one.lat + other.lat) / 2.0)
    return math.hypot((one.lon - other.lon) * per_lon, (one.lat - other.lat) * per_lat)


def moved(fixes: Iterable[Fix], begins_at: float) -> list[Fix]:
    """The positions of a message with its own beginning added."""
    return [replace(fix, at=fix.at + begins_at) for fix in fixes]
