"""The numbers by which a walk is judged, and the words of patrols. A jurisdiction may choose others within the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from gridward.domain.errors import Malformed

RAW_KEPT = timedelta(days=30)
"""How long positions are kept; the covered pieces stay."""

PIECE_GRAIN_M = 10.0
"""Stored pieces are drawn no finer than this: what stays after the positions are gone leads to nobody's door."""

LAPSES_AFTER = timedelta(hours=16)
"""A patrol that nobody ended is closed by the program this long after the last that was heard of it."""


ROUTE_WALKED = 0.8
"""So much of a route's length within what a walk covered, and the walk went the route: a gap or a barrier is no shame."""


class Audience(StrEnum):
    """For whom a jurisdiction has turned patrols on."""

    paid_stewards = "paid_stewards"
    safety_patrols = "safety_patrols"


class How(StrEnum):
    """By what somebody shows to have been at a checkpoint."""

    position = "position"
    code = "code"


class PatrolMark(StrEnum):
    """What is odd about a patrol. It is taken all the same."""

    clock_wrong = "clock_wrong"
    """The phone's clock was more than five minutes off; its times were put right."""
    clock_unknown = "clock_unknown"
    """Nobody knows how far off it was."""
    implausible_speed = "implausible_speed"
    two_phones = "two_phones"
    no_positions = "no_positions"
    long_gap = "long_gap"
    """An hour or more without a position."""
    lapsed = "lapsed"
    """Nobody ended it."""
    off_plan = "off_plan"
    """The walker had been taken off the plan when its beginning arrived."""
    late_parts = "late_parts"
    """Some of it arrived after it had been counted; it was counted again."""


class Miss(StrEnum):
    """What did not happen in time. A fact with a time: the end of the shift, the end of the grace."""

    start_overdue = "start_overdue"
    patrol = "patrol"
    checkpoint = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRules:
    """Metres and seconds.

    A gap is more than ``gap_s`` or more than ``gap_m`` between two positions: nothing is said about the way between them.
    ``most_accuracy_m``: a position less accurate than that counts for nothing. ``most_speed_ms``: faster is no walk; one
    position may be ``slack_m`` off. ``swath_m``: how far to each side somebody who walks sees, widened to the accuracy of
    the positions up to ``most_swath_m``. ``reach_m``: so much of new track inside and a grid counts as reached.
    """

    gap_s: float = 60.0
    gap_m: float = 100.0
    most_accuracy_m: float = 50.0
    most_speed_ms: float = 3.0
    slack_m: float = 10.0
    swath_m: float = 15.0
    most_swath_m: float = 25.0
    reach_m: float = 200.0

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> WalkRules:
        """What a jurisdiction chose, ``settings["walk"]``: ``swath_m`` and ``reach_m``; the rest is nobody's to choose.

        Raises:
            Malformed: ``patrol.rules_unreadable`` with ``field``, ``least``, ``most``.
        """
        said = settings.get("walk", {})
        chosen = {name: said.get(name, getattr(cls(), name)) for name in CHOSEN}
        for name, value in chosen.items():
            least, most = CHOSEN[name]
            if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
                raise Malformed("patrol.rules_unreadable", field=name, least=least, most=most)
        return cls(**{name: float(value) for name, value in chosen.items()})


CHOSEN: Mapping[str, tuple[float, float]] = {"swath_m": (5.0, 50.0), "reach_m": (20.0, 2000.0)}
"""What a jurisdiction may set, from – to (metres)."""
WALK_RULES = WalkRules()
