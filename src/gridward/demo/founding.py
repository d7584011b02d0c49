"""Founding the invented community, through the same imports and services as a real one."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shapely.geometry import mapping
from sqlalchemy import select

from gridward.demo.city import City, Place
from gridward.demo.people import UNITS, PersonPlan
from gridward.domain.accounts import Actor, program
from gridward.domain.accounts_roster import RosterLine
from gridward.domain.routing.document import write_duties, write_rules
from gridward.domain.routing.rules import By, Choose, Duty, Ground, Rule, When
from gridward.domain.territory import Layer, ServiceKind, UnitKind
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import WriteSession
from gridward.persistence.territory.rows import GridRow, UnitRow
from gridward.services.accounts import invites, roster
from gridward.services.accounts.jurisdictions import found_jurisdiction
from gridward.services.accounts.passwords import Passwords
from gridward.services.accounts.roster_import import judge_roster, publish_roster
from gridward.services.routing import publish as routing
from gridward.services.territory import bringing, read

NAME = "连溪街道（演示，虚构）"
TELEPHONE = "0000-12345678"

PROFESSIONAL: Mapping[str, str] = {
    "manhole": "SZ",
    "flooding": "SZ",
    "greenery": "SZ",
    "lamp": "LD",
    "fire_lane": "ZF",
    "parking": "ZF",
    "street_stall": "ZF",
    "building_work": "ZF",
    "noise": "ZF",
}
"""Category → code of the department that answers for it outside the estates. What a household asks for is the
community's."""


@dataclass(frozen=True, slots=True)
class Founded:
    """Who and what there is: units by code, people by phone number, the codes of grids."""

    jurisdiction_id: UUID
    units: Mapping[str, UUID]
    people: Mapping[str, UUID]
    grids: Mapping[UUID, str]

    @property
    def office(self) -> Actor:
        return program(self.jurisdiction_id, "demo")


async def found(session: WriteSession, city: City, people: Sequence[PersonPlan], now: datetime) -> Founded:
    """Territory, standard, rules and roster, in the order in which an office would bring them in.

    Raises:
        RuntimeError: our own files were not taken; the demo is at fault.
    """
    jurisdiction_id = await found_jurisdiction(session, NAME, via="demo", now=now, telephone=TELEPHONE, invented=True)
    office = program(jurisdiction_id, "demo")
    with tempfile.TemporaryDirectory() as folder:
        for layer, kind, features in _files(city):
            path = Path(folder) / f"{layer.value}-{kind or 'all'}.geojson"
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
            await _import(session, office, path, layer, kind, now)
    units = {row.code: row.unit_id for row in await session.execute(select(UnitRow.code, UnitRow.unit_id))}
    await _publish_rules(session, office, units, now)
    lines = [_line(number, plan, grid) for number, (plan, grid) in enumerate(_held(people), 1)]
    judged = await judge_roster(session, office, lines, now)
    if judged.refused:
        raise RuntimeError(f"the demo's roster was refused: {judged.refused[0]}")
    await publish_roster(session, office, judged, now)
    known = {row.phone: row.person_id for row in await session.execute(select(PersonRow.phone, PersonRow.person_id))}
    grids = {row.grid_id: row.code for row in await session.execute(select(GridRow.grid_id, GridRow.code))}
    return Founded(jurisdiction_id, units, {plan.phone: known[plan.phone] for plan in people}, grids)


async def accounts(
    session: WriteSession,
    passwords: Passwords,
    founded: Founded,
    people: Sequence[PersonPlan],
    *,
    key: bytes,
    origin: str,
    now: datetime,
) -> list[dict[str, Any]]:
    """Ways in, at least one per role: ``{role, name, sign_in, password}``, the last for staff only."""
    units = {unit.code: unit for unit in UNITS}
    chosen: list[PersonPlan] = []
    for plan in people:
        kind = units[plan.unit].kind if plan.unit else None
        same = [one for one in chosen if one.role == plan.role and (units[one.unit].kind if one.unit else None) == kind]
        if not same and kind in (None, UnitKind.work, UnitKind.estate):
            chosen.append(plan)
    made = []
    for plan in chosen:
        person_id = founded.people[plan.phone]
        password = None
        if plan.staff:
            password = secrets.token_urlsafe(9)
            login = f"{plan.role}.{plan.phone[-3:]}"
            await roster.set_password(session, passwords, founded.office, person_id, login, password, now)
            password = f"{login} {password}"
        invited = await invites.make_invite(session, key, founded.office, person_id, now, reusable=True)
        name = plan.name if plan.unit is None else f"{plan.name}（{units[plan.unit].name}）"
        made.append({"role": plan.role, "name": name, "sign_in": invited.url(origin), "password": password})
    return made


def _files(city: City) -> list[tuple[Layer, str | None, list[dict[str, Any]]]]:
    grounds = {ground: unit.code for unit in UNITS for ground in unit.ground}
    return [
        (Layer.area, None, [_feature(one, level=one.kind, parent=one.parent or None) for one in city.areas]),
        (Layer.grid, "basic", [_feature(one, community=one.parent) for one in city.grids]),
        (Layer.street, None, [_feature(one) for one in city.streets]),
        (Layer.landmark, None, [_feature(one, kind=one.kind) for one in city.landmarks]),
        (Layer.building, None, [_feature(one) for one in city.buildings]),
        (
            Layer.unit,
            None,
            [
                {
                    "type": "Feature",
                    "geometry": None,
                    "properties": {
                        "code": unit.code,
                        "name": unit.name,
                        "kind": unit.kind.value,
                        "telephone": unit.telephone,
                        "area": unit.area,
                        "last_resort": unit.last_resort,
                    },
                }
                for unit in UNITS
            ],
        ),
        (Layer.service_area, "estate", [_feature(one, unit=grounds[one.name]) for one in city.estates]),
        (Layer.service_area, "work", [_feature(one, unit=grounds[one.name]) for one in city.work_areas]),
    ]


def _feature(place: Place, **more: object) -> dict[str, Any]:
    properties = {"code": place.code, "name": place.name, **more}
    return {"type": "Feature", "geometry": mapping(place.shape), "properties": properties}


async def _import(
    session: WriteSession, office: Actor, path: Path, layer: Layer, kind: str | None, now: datetime
) -> None:
    reading = read.open_reading(path, layer, layer_in_file=None, crs="WGS-84", named={}, kind=kind)
    import_id, checked, report = await bringing.check_file(session, office, reading, now)
    if report.refused:
        raise RuntimeError(f"the demo's {layer.value} was refused: {report.refused[0]}")
    await bringing.publish_checked(session, office, layer, import_id, checked, report, now)


async def _publish_rules(session: WriteSession, office: Actor, units: Mapping[str, UUID], now: datetime) -> None:
    duties = [
        Duty(category=category, unit_kind=UnitKind.department, unit_id=units[code])
        for category, code in PROFESSIONAL.items()
    ]
    duties.append(Duty(category="demand", unit_kind=UnitKind.community))
    rules = (
        Rule(
            rule_id="estate",
            name="小区内归物业企业",
            when=When(grounds=frozenset({Ground.estate})),
            choose=Choose(by=By.service_area, kind=ServiceKind.estate),
            before=frozenset({"duty"}),
        ),
        Rule(
            rule_id="duty",
            name="专业事项按事项清单",
            when=When(categories=frozenset(PROFESSIONAL) | {"demand"}),
            choose=Choose(by=By.duty),
            before=frozenset({"lane"}),
        ),
        Rule(
            rule_id="lane",
            name="巷道归作业单位",
            when=When(grounds=frozenset({Ground.lane})),
            choose=Choose(by=By.service_area, kind=ServiceKind.work),
        ),
        Rule(rule_id="rest", name="其余由派遣员定", when=When(), choose=Choose(by=By.tray)),
    )
    await routing.publish(session, office, based_on=1, rules=write_rules(rules), duties=write_duties(duties), now=now)


def _held(people: Sequence[PersonPlan]) -> list[tuple[PersonPlan, str | None]]:
    """One line of the roster per person and grid."""
    return [(plan, grid) for plan in people for grid in (plan.grids or (None,))]


def _line(number: int, plan: PersonPlan, grid: str | None) -> RosterLine:
    cells = {
        "name": plan.name,
        "phone": plan.phone,
        "role": "grid_leader" if plan.role == "steward" and plan.is_lead else plan.role,
        "community": plan.community or "",
        "unit": plan.unit or "",
        "grid": grid or "",
    }
    return RosterLine(place=f"row {number}", cells=cells)
