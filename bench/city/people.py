"""The people of a made-up city: who holds which grid, who works for which unit, who reports."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from uuid import UUID

from bench.city.ground import Grid, Ground, fresh
from gridward.demo.people import GIVEN, SURNAMES

GRIDS_OF_A_STEWARD = 2
WORKERS = 3
DISPATCHERS = 20
SHARE_OF_STAFF = 0.6
"""Stewards and units' people together; everybody else reports."""


@dataclass(slots=True)
class Person:
    person_id: UUID
    name: str
    phone: str
    community_id: UUID | None
    role: str
    scope_kind: str
    scope_id: UUID
    grids: list[Grid] = field(default_factory=list)


@dataclass(slots=True)
class People:
    """Everybody, and who answers where: steward by grid, lead and workers by unit."""

    everybody: list[Person] = field(default_factory=list)
    volunteers: list[Person] = field(default_factory=list)
    dispatchers: list[Person] = field(default_factory=list)
    steward_of: dict[UUID, UUID] = field(default_factory=dict)
    staff_of: dict[UUID, list[UUID]] = field(default_factory=dict)


def build_people(rng: random.Random, ground: Ground, jurisdiction_id: UUID, wanted: int) -> People:
    people = People()

    def add(role: str, scope_kind: str, scope_id: UUID, community_id: UUID | None = None) -> Person:
        number = len(people.everybody)
        person = Person(
            fresh(rng),
            rng.choice(SURNAMES) + rng.choice(GIVEN),
            f"1990{number + 1_000_000:07d}",
            community_id,
            role,
            scope_kind,
            scope_id,
        )
        people.everybody.append(person)
        return person

    for _ in range(DISPATCHERS):
        people.dispatchers.append(add("dispatcher", "jurisdiction", jurisdiction_id))
    for at in range(0, len(ground.grids), GRIDS_OF_A_STEWARD):
        held = ground.grids[at : at + GRIDS_OF_A_STEWARD]
        steward = add("steward", "grid", held[0].grid_id, held[0].community.area_id)
        steward.grids = held
        for grid in held:
            people.steward_of[grid.grid_id] = steward.person_id
    for unit in sorted(ground.units, key=lambda one: one.kind != "work"):
        if unit.kind not in ("work", "estate") or len(people.everybody) > wanted * SHARE_OF_STAFF + DISPATCHERS:
            continue
        lead = add("unit_lead", "unit", unit.unit_id)
        workers = [add("unit_worker", "unit", unit.unit_id) for _ in range(WORKERS if unit.kind == "work" else 0)]
        people.staff_of[unit.unit_id] = [one.person_id for one in (lead, *workers)]
    while len(people.everybody) < wanted or len(people.volunteers) < 40:
        community = rng.choice(ground.grids).community
        people.volunteers.append(add("volunteer", "community", community.area_id, community.area_id))
    return people
