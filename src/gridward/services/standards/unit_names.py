"""The table of names: what 所属街办 or 各产权单位 in a standard means, by kind and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries, unit_names
from gridward.persistence.standards.unit_names import UnitNameLine
from gridward.services.noting import note


@dataclass(frozen=True, slots=True)
class UnitNameUse:
    """A name with the number of conditions that use it and the lines that say what it means."""

    name: str
    conditions: int
    lines: tuple[UnitNameLine, ...]

    @property
    def is_mapped(self) -> bool:
        return any(line.is_mapped for line in self.lines)


@dataclass(frozen=True, slots=True)
class UnitNames:
    """The names of one standard, in its order; ``version`` changes with every change of the table."""

    version: datetime | None
    names: tuple[UnitNameUse, ...]


async def names_of(session: ReadSession | WriteSession, actor: Actor, standard_id: UUID) -> UnitNames:
    """Every name that a standard uses, mapped or not.

    Raises:
        NotFound: ``standard.unknown``.
        Forbidden: ``not_permitted``.
    """
    require(actor, "standard:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    return await _names_of(session, actor.jurisdiction_id, standard_id)


async def map_names(
    session: WriteSession,
    actor: Actor,
    standard_id: UUID,
    lines: Sequence[UnitNameLine],
    *,
    based_on: datetime | None,
    now: datetime,
) -> UnitNames:
    """Say what names mean: the lines of each name given replace what stood there.

    Raises:
        Conflict: ``unit_names.moved_on`` where somebody else changed the table since ``based_on``.
        Malformed: ``unit_names.line`` for a name that the standard does not use, one with a kind and a unit, or two
            lines for one place.
        NotFound: ``unit_names.area``, ``unit_names.unit``, ``standard.unknown``.
        Forbidden: ``not_permitted``.
    """
    require(actor, "standard:map_units", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await _names_of(session, actor.jurisdiction_id, standard_id)
    areas, units = await unit_names.strangers(session, actor.jurisdiction_id, lines)

    if known.version != based_on:
        raise Conflict("unit_names.moved_on", current=None if known.version is None else known.version.isoformat())
    _check(lines, {one.name for one in known.names})
    if areas:
        raise NotFound("unit_names.area", area_ids=sorted(map(str, areas)))
    if units:
        raise NotFound("unit_names.unit", unit_ids=sorted(map(str, units)))

    await unit_names.replace_lines(session, actor.jurisdiction_id, lines, at=now, by=actor.person_id)
    detail = {"lines": len(lines), "unit_ids": sorted(str(line.unit_id) for line in lines if line.unit_id)}
    await note(session, actor, "unit_names.mapped", "standard", standard_id, detail, now)
    return await _names_of(session, actor.jurisdiction_id, standard_id)


def _check(lines: Sequence[UnitNameLine], names: set[str]) -> None:
    seen: set[tuple[str, UUID | None]] = set()
    for number, line in enumerate(lines):
        faults = {
            "name_not_used": line.name not in names,
            "two_meanings": line.unit_kind is not None and line.unit_id is not None,
            "place_twice": (line.name, line.area_id) in seen,
        }
        for why, holds in faults.items():
            if holds:
                raise Malformed("unit_names.line", line=number, why=why)
        seen.add((line.name, line.area_id))


async def _names_of(session: ReadSession | WriteSession, jurisdiction_id: UUID, standard_id: UUID) -> UnitNames:
    standard = await queries.standard_in(session, jurisdiction_id, standard_id)
    lines: dict[str, list[UnitNameLine]] = {}
    for line in await unit_names.lines_of(session, jurisdiction_id, standard.unit_names):
        lines.setdefault(line.name, []).append(line)
    uses: dict[str, int] = {}
    for condition in standard.conditions.values():
        for name in {*condition.lead, *condition.assist, *condition.last_resort}:
            uses[name] = uses.get(name, 0) + 1
    return UnitNames(
        version=await unit_names.version_of(session, jurisdiction_id),
        names=tuple(UnitNameUse(name, uses[name], tuple(lines.get(name, ()))) for name in standard.unit_names),
    )
