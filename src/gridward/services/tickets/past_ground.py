"""What the words of another system mean here: its categories, its units, its numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from gridward.domain.errors import Malformed
from gridward.domain.standards import Category, Standard
from gridward.domain.tickets.past import PastRow
from gridward.domain.tickets.past_judge import Ground, KindMeant, UnitMeant
from gridward.domain.tickets.past_times import DateOrder
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.queries import standing_standards
from gridward.persistence.standards.unit_names import lines_of
from gridward.persistence.tickets import past as stored

Meant = TypeVar("Meant", KindMeant, UnitMeant)
REST = "*"
"""In a mapping: every word that is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person declared.

    Args:
        named: Our name of a column → its heading.
        categories, units: The file's word → our code; for categories a condition's is as good.
        system: Tells the numbers of several systems apart; empty where there was one.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    crs: str | None = None
    dates: DateOrder | None = None
    exchanged: bool = False
    system: str = ""

    @property
    def digest(self) -> bytes:
        """SHA-256 over everything declared: a file read otherwise is another import."""
        said = (
            sorted(self.named.items()),
            sorted(self.categories.items()),
            sorted(self.units.items()),
            self.time_zone,
            self.crs,
            self.dates and self.dates.value,
            self.exchanged,
            self.system,
        )
        return hashlib.sha256(repr(said).encode()).digest()


async def ground_of(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, rows: Sequence[PastRow], wish: Wish, now: datetime
) -> Ground:
    """Everything that stands here and that these rows name.

    Raises:
        Malformed: ``category_unknown``, ``unit_unknown``: a mapping leads to a code that nothing here has.
    """
    on = now.astimezone(await time_zone_of(session, jurisdiction_id)).date()
    kinds = _kinds(await standing_standards(session, jurisdiction_id, on))
    units = await _units(session, jurisdiction_id)
    _check_codes(wish.categories, kinds, "category_unknown", "--map-category")
    _check_codes(wish.units, units, "unit_unknown", "--map-unit")
    return Ground(
        kinds=_meant({row.category for row in rows}, wish.categories, kinds),
        units=_meant({row.unit for row in rows if row.unit}, wish.units, units),
        extent=await stored.extent(session, jurisdiction_id),
        known=await stored.known(session, jurisdiction_id, wish.system, [row.outer_no for row in rows]),
    )


def _check_codes(mapping: Mapping[str, str], known: Mapping[str, object], code: str, option: str) -> None:
    wrong = next((line for line in mapping.items() if known.get(_plain(line[1])) is None), None)
    if wrong is not None:
        theirs, ours = wrong
        why = "Nothing here has this code, or several have this name."
        raise Malformed(code, field=option, text=f"{theirs}={ours}", why=why)


def _meant(words: Collection[str], mapping: Mapping[str, str], known: Mapping[str, Meant | None]) -> dict[str, Meant]:
    """Word → what it means: as a person mapped it, else as it is called here, else what the rest was mapped to."""
    mapped = {_plain(theirs): ours for theirs, ours in mapping.items()}
    found: dict[str, Meant] = {}
    for word in words:
        meant = known.get(_plain(mapped.get(_plain(word), word))) or known.get(_plain(mapped.get(REST, "")))
        if meant is not None:
            found[word] = meant
    return found


def _kinds(standards: Sequence[Standard]) -> dict[str, KindMeant | None]:
    """Every name of a category or condition; None where two share it. Of several standards the first goes first."""
    known: dict[str, KindMeant | None] = {}
    for standard in standards:
        own: dict[str, KindMeant | None] = {}
        for category in standard.categories.values():
            meant = KindMeant(category.code, _usual_condition(category), standard.standard_id)
            for word in {category.code, category.name.zh, category.name.en} - {""}:
                _name(own, word, meant)
        for condition in standard.conditions.values():
            meant = KindMeant(condition.category_code, condition.condition_id, standard.standard_id)
            own.setdefault(_plain(condition.condition_id), meant)
        known = {**own, **known}
    return known


def _usual_condition(category: Category) -> str | None:
    only = category.condition_ids[0] if len(category.condition_ids) == 1 else None
    return category.default_condition_id or only


async def _units(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> dict[str, UnitMeant | None]:
    """Every code and name of a unit, and the names that standards use for one; None where two share it."""
    known: dict[str, UnitMeant | None] = {}
    by_id: dict[UUID, UnitMeant] = {}
    for unit_id, code, name, kind in await stored.units(session, jurisdiction_id):
        by_id[unit_id] = UnitMeant(unit_id, kind, name)
        for word in {code, name} - {""}:
            _name(known, word, by_id[unit_id])
    for line in await lines_of(session, jurisdiction_id):
        if line.unit_id in by_id and line.area_id is None:
            known.setdefault(_plain(line.name), by_id[line.unit_id])
    return known


def _name(known: dict[str, Meant | None], word: str, meant: Meant) -> None:
    known[_plain(word)] = meant if known.get(_plain(word), meant) == meant else None


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()
