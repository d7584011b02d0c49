"""What the names in a standard mean at a place: 所属街办, 各产权单位, … as 主办, 协办 or 兜底.

A city's table often names every unit in one column. So a line of the table of names may also say in which part a name
acts, whatever column it stands in; without that the column counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gridward.domain.standards_conditions import Condition
from gridward.domain.territory import UnitKind


class UnitRole(StrEnum):
    """主办 · 协办 · 兜底."""

    lead = "lead"
    assist = "assist"
    last_resort = "last_resort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A line that holds at a place: a kind of unit found there, or one unit.

    ``rung``: how many levels above the community the line's area lies; a line that holds everywhere has the highest.
    """

    name: str
    role: UnitRole | None = None
    unit_kind: UnitKind | None = None
    unit_id: UUID | None = None
    area_id: UUID | None = None
    rung: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name of the condition with the part in which it acts; ``meaning`` None: nobody has said what it means here."""

    name: str
    role: UnitRole
    meaning: Meaning | None


def names_in(condition: Condition) -> Mapping[str, UnitRole]:
    """Every name of a condition with the part that its column says, in order; the first column counts."""
    columns = (
        (UnitRole.lead, condition.lead),
        (UnitRole.assist, condition.assist),
        (UnitRole.last_resort, condition.last_resort),
    )
    found: dict[str, UnitRole] = {}
    for role, names in columns:
        for name in names:
            found.setdefault(name, role)
    return found


def named_at(condition: Condition | None, meanings: Iterable[Meaning]) -> tuple[Named, ...]:
    """The condition's names with what they mean at a place: of several lines of a name the nearest one."""
    if condition is None:
        return ()
    nearest: dict[str, Meaning] = {}
    for line in sorted(meanings, key=lambda line: line.rung):
        nearest.setdefault(line.name, line)
    found = []
    for name, column in names_in(condition).items():
        meaning = nearest.get(name)
        said = None if meaning is None else meaning.role
        found.append(Named(name=name, role=said or column, meaning=meaning))
    return tuple(found)
