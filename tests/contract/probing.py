"""What the matrix is made of: a thing to ask for, a request for it, a route as the policy sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import filing
from cast import NOON, Member


class About(StrEnum):
    """What a route's request names: the thing whose relation to the caller decides."""

    whole = "whole"
    """Nothing but the caller's jurisdiction."""
    self = "self"
    """The caller."""
    person = "person"
    ticket = "ticket"
    place = "place"
    household = "household"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A thing to ask for: ``lon``, ``lat`` and ids as the routes need them."""

    name: str
    ticket_id: UUID
    person_id: UUID
    grant_id: UUID
    standard_id: UUID
    suspension_id: UUID
    household_id: UUID
    building_id: UUID
    photo: str
    lon: float
    lat: float
    community_id: UUID
    ids: Mapping[str, str]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request. ``path`` fills the template, the rest goes to httpx."""

    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    json: object = None
    content: bytes | None = None


Ask = Callable[[Target, Member], Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route as the policy sees it.

    ``shows``: a list, from which what is not the caller's is left out. ``ends_session``: asked without one.
    """

    action: str | None
    about: About = About.whole
    ask: Ask = lambda target, caller: Probe()
    shows: bool = False
    ends_session: bool = False


def clock() -> dict[str, object]:
    return {"captured_at": NOON.isoformat(), "offset_ms": 0}


def seed_of(caller: Member) -> int:
    """Of the picture that this person has at hand: another one than any target's."""
    return 1_000 + caller.person_id.int


def photo(target: Target, caller: Member) -> Probe:
    content = filing.picture(seed_of(caller))
    return Probe(path={"sha256": hashlib.sha256(content).hexdigest()}, content=content)
