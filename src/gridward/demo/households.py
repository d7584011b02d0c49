"""The households of the invented quarter: who lives where, who visits whom, brought in as a real office brings them in.

Names and numbers are made up, and the numbers begin with 199000: nobody has one.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from gridward.demo.city import COMMUNITIES, City, Place
from gridward.demo.founding import Founded
from gridward.demo.people import GIVEN, SURNAMES, PersonPlan
from gridward.domain.accounts import Actor
from gridward.gateways.imports.households import read_households
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import WriteSession
from gridward.services.households import importing, ties

A_LIAISON = 32.5
"""Households for each liaison, on average; 30 to 35 are the rule."""
HEADINGS = ("楼栋编码", "单元", "楼层", "房号", "联系人", "联系电话", "同意", "关爱需要")
NEEDS = ("独居", "需上门", "需陪诊", "独居、需上门")
EMPLOYERS = ("连溪中学", "镇卫生院", "供水所", "供电所", "邮政所", "税务所", "区图书馆", "粮所", "河道管理所")
FLATS_FLOORS, FLATS_ENTRANCES = 6, 2
HOMES = 24
"""Working members who are registered where they live (双报到)."""


@dataclass(frozen=True, slots=True)
class Home:
    """One household as the office has it in its spreadsheet; ``building`` is a code."""

    building: str
    entrance: str
    floor: str
    room: str
    name: str
    phone: str
    needs: str

    @property
    def line(self) -> tuple[str, ...]:
        agrees = "是" if self.name else "否"
        return (self.building, self.entrance, self.floor, self.room, self.name, self.phone, agrees, self.needs)


def homes(city: City, people: Sequence[PersonPlan], seed: int) -> list[Home]:
    """All households, building by building: as many in each community as its liaisons can visit."""
    rng = random.Random(f"homes-{seed}")
    found: list[Home] = []
    for plan in COMMUNITIES:
        buildings = [one for one in city.buildings if one.parent.startswith(plan.code)]
        liaisons = sum(one.role == "liaison" and one.community == plan.code for one in people)
        for building, doors in _filled(rng, buildings, round(liaisons * A_LIAISON)):
            found += [_home(rng, len(found) + number, building, place) for number, place in enumerate(doors)]
    return found


def _filled(
    rng: random.Random, buildings: Sequence[Place], wanted: int
) -> Iterator[tuple[Place, list[tuple[str, ...]]]]:
    """The doors of each building: blocks of flats are full, houses have two to seven floors so that the sum is right."""
    houses = [one for one in buildings if one.kind != "flats"]
    left = wanted - (len(buildings) - len(houses)) * len(list(_flats()))
    floors = dict.fromkeys((one.code for one in houses), left // len(houses))
    for one in rng.sample(houses, left % len(houses)):
        floors[one.code] += 1
    for one, other in zip(rng.sample(houses, len(houses)), rng.sample(houses, len(houses)), strict=True):
        if floors[one.code] > 1 and floors[other.code] < 7 and rng.random() < 0.8:
            floors[one.code] -= 1
            floors[other.code] += 1
    for one in buildings:
        yield one, list(_flats()) if one.kind == "flats" else list(_floors(floors[one.code]))


def _flats() -> Iterator[tuple[str, ...]]:
    for entrance in range(1, FLATS_ENTRANCES + 1):
        for floor in range(1, FLATS_FLOORS + 1):
            for room in (1, 2):
                yield str(entrance), str(floor), f"{floor}0{room}"


def _floors(count: int) -> Iterator[tuple[str, ...]]:
    """A house that a family built: a household on each floor; with one alone the door needs no number."""
    if count == 1:
        yield "", "", ""
        return
    for floor in range(1, count + 1):
        yield "", str(floor), f"{floor}01"


def _home(rng: random.Random, number: int, building: Place, place: tuple[str, ...]) -> Home:
    """Six of ten agree to leave a name, most of these a number; whoever needs help is asked for it first."""
    needs = rng.choice(NEEDS) if rng.random() < 0.07 else ""
    agrees = rng.random() < (0.9 if needs else 0.58)
    name = rng.choice(SURNAMES) + rng.choice(GIVEN)
    phone = f"199000{10_000 + number:05d}" if rng.random() < 0.85 else ""
    entrance, floor, room = place
    return Home(
        building.code, entrance, floor, room, name if agrees else "", phone if agrees else "", needs if agrees else ""
    )


def spreadsheet(found: Sequence[Home]) -> bytes:
    """As the office keeps it; CSV."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(HEADINGS)
    writer.writerows(one.line for one in found)
    return sheet.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Desk:
    """Who brings it in: the office its files, a shift leader who visits whom."""

    office: Actor
    leader: Actor


async def bring_in(session: WriteSession, desk: Desk, found: Sequence[Home], key: NumberKey, now: datetime) -> None:
    """The register, as its file is imported.

    Raises:
        RuntimeError: our own file was not taken; the demo is at fault.
    """
    content = spreadsheet(found)
    lines, _ = read_households(content)
    judged = await importing.publish(session, desk.office, lines, content, key, now)
    if judged.refused:
        raise RuntimeError(f"the demo's households were refused: {judged.refused[0]}")


async def tie(session: WriteSession, desk: Desk, codes: Sequence[str], now: datetime) -> None:
    """Who visits whom in these communities, as it is suggested."""
    areas = await session.execute(
        text("SELECT code, area_id FROM area WHERE code = ANY (:codes) ORDER BY code"), {"codes": list(codes)}
    )
    for row in areas.all():
        suggested = await ties.suggestion(session, desk.leader, row.area_id, leaving=None, now=now)
        if suggested.left:
            raise RuntimeError(f"the demo's households are too many for its liaisons: {len(suggested.left)} are left")
        await ties.give(session, desk.leader, ties.pairs(suggested.given), now=now)


async def at_home(
    session: WriteSession,
    founded: Founded,
    desk: Desk,
    people: Sequence[PersonPlan],
    city: City,
    seed: int,
    now: datetime,
) -> None:
    """Working members who are registered where they live."""
    rng = random.Random(f"ties-{seed}")
    buildings = {
        row.code: row.building_id for row in await session.execute(text("SELECT code, building_id FROM building"))
    }
    for plan in rng.sample([one for one in people if one.role in ("liaison", "volunteer")], HOMES):
        own = rng.choice([one for one in city.buildings if one.parent.startswith(plan.community or "")])
        await ties.register_home(
            session,
            desk.leader,
            founded.people[plan.phone],
            buildings[own.code],
            rng.choice(EMPLOYERS),
            now=now,
        )


async def look_after(session: WriteSession, desk: Desk, now: datetime) -> None:
    """楼长 of the larger buildings."""
    for building_id, person_id in await _looking_after(session):
        await ties.appoint(session, desk.leader, building_id, person_id, now=now)


LARGE = 7
"""From so many households a building has somebody who looks after it (楼长)."""


async def _looking_after(session: WriteSession) -> Sequence[Any]:
    """For each large building the liaison who visits most of its households."""
    query = text(
        """
        SELECT DISTINCT ON (h.building_id) h.building_id, t.person_id
        FROM household h JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
        WHERE h.building_id IN (SELECT building_id FROM household GROUP BY 1 HAVING count(*) >= :large)
        GROUP BY h.building_id, t.person_id ORDER BY h.building_id, count(*) DESC, t.person_id
        """
    )
    return (await session.execute(query, {"large": LARGE})).all()
