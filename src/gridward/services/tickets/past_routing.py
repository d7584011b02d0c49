"""Where the rules of today would send the tickets of yesterday, held against the unit that their file names."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.routing.choice import Choice, Outcome
from gridward.domain.routing.route import route
from gridward.domain.tickets.past_judge import Ground, KindMeant, UnitMeant
from gridward.domain.tickets.past_places import Point, default_places, key
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.routing import choose
from gridward.services.sla import terms_of
from gridward.services.tickets.gathering import UNSAID_ACCURACY_M
from gridward.services.tickets.past import JudgedFile, PastReading


async def compare_routing(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    reading: PastReading,
    found: JudgedFile,
    *,
    most: int | None,
    now: datetime,
) -> dict[str, Any]:
    """Ask the rules in force about rows with a place, a known kind and a known unit; JSON-ready.

    Every n-th of them where there are more than ``most``. ``same``, ``other``, ``tray`` count; ``pairs`` are ``[unit in
    the file, unit of the rules, rows]``, ``doubts`` why the rules alone would not have chosen, ``differ`` each row that
    would have gone elsewhere. What is open near by today is no twin of the past.
    """
    rows = _askable(reading, found.ground)
    step = 1 if most is None else max(1, -(-len(rows) // most))
    names = {unit.unit_id: unit.name for unit in found.ground.units.values()}
    counted: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    doubts: Counter[str] = Counter()
    differ = []
    known: dict[tuple[Point, KindMeant], Choice] = {}
    for outer_no, place, point, kind, unit in rows[::step]:
        choice = known.get((point, kind))
        if choice is None:
            choice = known[point, kind] = await _asked(session, jurisdiction_id, point, kind, now)
        if choice.outcome is Outcome.tray or choice.unit_id is None:
            counted["tray"] += 1
            doubts.update(doubt.value for doubt in choice.doubts)
            continue
        if choice.unit_id == unit.unit_id:
            counted["same"] += 1
            continue
        counted["other"] += 1
        chosen = next((one.name for one in choice.candidates if one.unit_id == choice.unit_id), None)
        chosen = names.get(choice.unit_id) or chosen or str(choice.unit_id)
        pairs[unit.name, chosen] += 1
        differ.append({"id": outer_no, "place": place, "unit": unit.name, "rules": chosen, "rule": choice.rule_id})
    return {
        "asked": sum(counted.values()),
        "askable": len(rows),
        **{name: counted[name] for name in ("same", "other", "tray")},
        "pairs": [[*pair, count] for pair, count in pairs.most_common()],
        "doubts": dict(doubts.most_common()),
        "differ": differ,
    }


def _askable(reading: PastReading, ground: Ground) -> list[tuple[str, str, Point, KindMeant, UnitMeant]]:
    found = []
    defaults = default_places(reading.points)
    for row, point in zip(reading.rows, reading.points, strict=True):
        kind, unit = ground.kinds.get(row.category), ground.units.get(row.unit)
        if point is None or key(point) in defaults or not (ground.extent is None or ground.extent.holds(point)):
            continue
        if kind is not None and unit is not None:
            found.append((row.outer_no, row.place, point, kind, unit))
    return found


async def _asked(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, point: Point, kind: KindMeant, now: datetime
) -> Choice:
    terms = await terms_of(session, jurisdiction_id, [kind.standard_id])
    standard = terms.standard(kind.standard_id)
    condition = None if kind.condition_id is None else standard.condition(kind.condition_id)
    gathered, rules = await choose.gather(
        session,
        jurisdiction_id=jurisdiction_id,
        category=standard.category(kind.category),
        condition=condition,
        named=condition is not None,
        place=choose.Place(lon=point[0], lat=point[1], accuracy_m=UNSAID_ACCURACY_M),
        at=now,
    )
    return route(replace(gathered, twins=()), rules)
