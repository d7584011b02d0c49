"""巡查计划: which grids a team walks in which shifts, again and again.

Every rhythm is a cycle of days with turns in it: a working week is seven days, four teams round the clock (四班三运转) are
eight days of three shifts, two days for each kind and two of rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.errors import Malformed

MOST_CYCLE_DAYS, MOST_SHIFTS, MOST_TEAMS, MOST_MEMBERS, MOST_TURNS = 56, 8, 12, 60, 400
MOST_GRIDS, MOST_CHECKPOINTS, MOST_NAME = 200, 200, 40
LONGEST_SHIFT, LONGEST_GRACE = timedelta(hours=24), timedelta(hours=4)
_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From an hour of the local day, for so many minutes; it may go on into the next day."""

    name: str
    starts: time
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    name: str
    members: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """``turns``: (day of the cycle from 0, shift, team), the last two by their place in the lists. The cycle's day 0 is
    ``anchor_on`` and every ``cycle_days`` after and before it. ``grace_minutes``: how late a patrol may begin."""

    cycle_days: int
    anchor_on: date
    shifts: tuple[Shift, ...]
    teams: tuple[Team, ...]
    turns: tuple[tuple[int, int, int], ...]
    grace_minutes: int = 30

    def as_json(self) -> dict[str, Any]:
        return {
            "cycle_days": self.cycle_days,
            "anchor_on": self.anchor_on.isoformat(),
            "shifts": [
                {"name": one.name, "starts": f"{one.starts:%H:%M}", "minutes": one.minutes} for one in self.shifts
            ],
            "teams": [{"name": one.name, "members": [str(each) for each in one.members]} for one in self.teams],
            "turns": [{"day": day, "shift": shift, "team": team} for day, shift, team in self.turns],
            "grace_minutes": self.grace_minutes,
        }


def read_rota(said: Mapping[str, Any]) -> Rota:
    """A rota as it is sent and stored.

    Raises:
        Malformed: ``patrol.rota_unreadable`` with ``field``: the first thing that is wrong.
    """
    cycle = _whole(said, "cycle_days", 1, MOST_CYCLE_DAYS)
    shifts = tuple(_shift(one, f"shifts.{place}") for place, one in enumerate(_listed(said, "shifts", MOST_SHIFTS)))
    teams = tuple(_team(one, f"teams.{place}") for place, one in enumerate(_listed(said, "teams", MOST_TEAMS)))
    turns = []
    for place, one in enumerate(_listed(said, "turns", MOST_TURNS)):
        field = f"turns.{place}"
        day = _whole(one, "day", 0, cycle - 1, field)
        turns.append(
            (day, _whole(one, "shift", 0, len(shifts) - 1, field), _whole(one, "team", 0, len(teams) - 1, field))
        )
    if len(set(turns)) < len(turns):
        raise _wrong("turns")
    try:
        anchor = date.fromisoformat(str(said.get("anchor_on")))
    except ValueError:
        raise _wrong("anchor_on") from None
    return Rota(
        cycle_days=cycle,
        anchor_on=anchor,
        shifts=shifts,
        teams=teams,
        turns=tuple(sorted(turns)),
        grace_minutes=_whole(said, "grace_minutes", 0, LONGEST_GRACE // timedelta(minutes=1)),
    )


def _shift(said: Mapping[str, Any], field: str) -> Shift:
    hour = _HOUR.fullmatch(str(said.get("starts")))
    if hour is None:
        raise _wrong(f"{field}.starts")
    minutes = _whole(said, "minutes", 10, LONGEST_SHIFT // timedelta(minutes=1), field)
    return Shift(
        name=named(said.get("name"), f"{field}.name"), starts=time(int(hour[1]), int(hour[2])), minutes=minutes
    )


def _team(said: Mapping[str, Any], field: str) -> Team:
    try:
        members = tuple(dict.fromkeys(UUID(str(one)) for one in said.get("members") or ()))
    except (ValueError, TypeError):
        raise _wrong(f"{field}.members") from None
    if not 0 < len(members) <= MOST_MEMBERS:
        raise _wrong(f"{field}.members")
    return Team(name=named(said.get("name"), f"{field}.name"), members=members)


def named(words: object, field: str) -> str:
    """A name as it is kept. Raises: Malformed: ``patrol.rota_unreadable`` with its ``field``."""
    plain = words.strip() if isinstance(words, str) else ""
    if not 0 < len(plain) <= MOST_NAME:
        raise _wrong(field)
    return plain


Line = tuple[tuple[float, float], ...]
"""Longitude and latitude in order, two or more."""
MOST_LINES, MOST_PLACES = 30, 2000


def read_route(said: Sequence[Sequence[Sequence[float]]]) -> tuple[Line, ...]:
    """The way a plan is to be walked: lines in order, WGS-84.

    Raises:
        Malformed: ``patrol.route_unreadable`` with ``place``, the number of the line; ``most`` places in all.
    """
    lines = []
    for place, one in enumerate(said, start=1):
        if len(one) < 2 or any(len(spot) < 2 or abs(spot[0]) > 180 or abs(spot[1]) > 90 for spot in one):
            raise Malformed("patrol.route_unreadable", place=place, most=MOST_PLACES)
        lines.append(tuple((float(spot[0]), float(spot[1])) for spot in one))
    if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_PLACES:
        raise Malformed("patrol.route_unreadable", place=len(lines), most=MOST_PLACES)
    return tuple(lines)


def _listed(said: Mapping[str, Any], field: str, most: int) -> Sequence[Mapping[str, Any]]:
    found = said.get(field)
    if not isinstance(found, list) or not 0 < len(found) <= most or not all(isinstance(one, dict) for one in found):
        raise _wrong(field)
    return found


def _whole(said: Mapping[str, Any], name: str, least: int, most: int, field: str = "") -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(f"{field}.{name}".lstrip("."))
    return value


def _wrong(field: str) -> Malformed:
    return Malformed("patrol.rota_unreadable", field=field)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Turn:
    """One shift of one team: a patrol that should happen. ``team`` and ``shift`` by their place in the rota."""

    starts_at: datetime
    ends_at: datetime
    team: int
    shift: int


def turns_between(rota: Rota, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Turn]:
    """The turns that start from ``since`` to before ``until``, in order. Hours are those of the local clock."""
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date()
    found: list[Turn] = []
    while day <= last:
        in_cycle = (day - rota.anchor_on).days % rota.cycle_days
        for cycle_day, shift, team in rota.turns:
            if cycle_day == in_cycle:
                starts_at = datetime.combine(day, rota.shifts[shift].starts, zone)
                if since <= starts_at < until:
                    ends_at = starts_at + timedelta(minutes=rota.shifts[shift].minutes)
                    found.append(Turn(starts_at=starts_at, ends_at=ends_at, team=team, shift=shift))
        day += timedelta(days=1)
    yield from sorted(found)


def shift_at(rota: Rota, starts_at: datetime, zone: ZoneInfo) -> str | None:
    """The name of the shift that begins at this hour of the local clock; None: the rota has none any more."""
    hour = starts_at.astimezone(zone).time().replace(second=0, microsecond=0)
    return next((one.name for one in rota.shifts if one.starts == hour), None)


EARLY = timedelta(hours=1)
"""So long before its shift a patrol may begin."""


def teams_of(rota: Rota, person_id: UUID) -> set[int]:
    """In which teams somebody is, by their place."""
    return {place for place, team in enumerate(rota.teams) if person_id in team.members}


def turn_of(rota: Rota, at: datetime, person_id: UUID, zone: ZoneInfo) -> Turn | None:
    """The turn that a patrol of this person begun at ``at`` is: of those running, or beginning within an hour, the
    nearest of the person's own teams."""
    own = teams_of(rota, person_id)
    turns = turns_between(rota, at - LONGEST_SHIFT, at + EARLY, zone)
    return nearest((turn for turn in turns if turn.team in own), at)


def nearest(turns: Iterable[Turn], at: datetime) -> Turn | None:
    """Of turns that a patrol begun at ``at`` could be the one whose beginning lies nearest."""
    begun = [turn for turn in turns if turn.starts_at < at + EARLY and turn.ends_at > at]
    return min(begun, key=lambda turn: abs(turn.starts_at - at), default=None)
