"""A file of another system's tickets judged as a whole: what comes in, what is left out, what does not fit together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.facts import write_instant
from gridward.domain.imports import Finding
from gridward.domain.tickets.past import PastRow
from gridward.domain.tickets.past_places import Extent, Point, default_places, key

HOURS_FROM = 500
"""Rows from which the hours of the day say something."""

QUIET_HOURS = 6
FLAT_SHARE = 0.15
"""A quietest quarter of the day with more of the rows than this is no night."""


@dataclass(frozen=True, slots=True)
class KindMeant:
    """What a word for a category means here; ``condition_id`` None: the desk names one if it is still open."""

    category: str
    condition_id: str | None
    standard_id: str


@dataclass(frozen=True, slots=True)
class UnitMeant:
    unit_id: UUID
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands here, as far as the file names it.

    Args:
        kinds, units: The file's word → what it means.
        extent: None: the jurisdiction has no territory yet, so no place can be told from another.
        known: Numbers that were imported before, with what they said (:func:`digest_of`).
    """

    kinds: Mapping[str, KindMeant]
    units: Mapping[str, UnitMeant]
    extent: Extent | None
    known: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row that comes in. ``point``: WGS-84, None where the file's place says nothing."""

    row: PastRow
    kind: KindMeant
    unit: UnitMeant | None
    point: Point | None
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPast:
    """``believed``: every row with times that hold, each number once, whether or not it comes in; figures count these."""

    ready: tuple[Planned, ...]
    unchanged: int
    believed: tuple[PastRow, ...]
    refused: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    facts: Mapping[str, Any]


def judge(
    rows: Sequence[PastRow], points: Sequence[Point | None], ground: Ground, *, refused: Iterable[Finding] = ()
) -> JudgedPast:
    """What becomes of the rows that could be read; ``points`` are theirs, ``refused`` the lines that could not."""
    no: list[Finding] = list(refused)
    warnings: list[Finding] = []
    defaults = default_places(points)
    believed: dict[str, PastRow] = {}
    ready: list[Planned] = []
    unchanged = 0
    for row, point in zip(rows, points, strict=True):
        first = believed.setdefault(row.outer_no, row)
        if first is not row:
            no.append(_finding(row, "duplicate_id", "id", row.outer_no, f"{first.place} has this number already."))
            continue
        kind = ground.kinds.get(row.category)
        if kind is None:
            why = "No category here is called so. Say --map-category WORD=CODE, or a file of such lines."
            no.append(_finding(row, "category_unmapped", "category", row.category, why))
            continue
        place, fault = _usable(row, point, ground.extent, defaults)
        warnings += () if fault is None else (fault,)
        unit = ground.units.get(row.unit)
        digest = digest_of(row, kind, unit, place)
        before = ground.known.get(row.outer_no)
        if before is None:
            ready.append(Planned(row=row, kind=kind, unit=unit, point=place, digest=digest))
        elif before == digest:
            unchanged += 1
        else:
            why = (
                "It was imported before and read otherwise then. What was imported lives on here and is not rewritten."
            )
            no.append(_finding(row, "imported_otherwise", "id", row.outer_no, why))
    everything = tuple(believed.values())
    return JudgedPast(
        ready=tuple(ready),
        unchanged=unchanged,
        believed=everything,
        refused=tuple(no),
        warnings=(*_of_defaults(defaults), *_of_units(everything, ground), *_of_flags(everything), *warnings),
        facts={
            "categories": _words(Counter(row.category for row in everything if row.category in ground.kinds)),
            "unmapped_categories": _words(Counter(r.category for r in everything if r.category not in ground.kinds)),
            "unmapped_units": _unmapped_units(everything, ground),
            "default_places": [
                {"lon": lon, "lat": lat, "rows": rows_there} for (lon, lat), rows_there in defaults.items()
            ],
            "without_place": sum(plan.point is None for plan in ready),
        },
    )


def digest_of(row: PastRow, kind: KindMeant, unit: UnitMeant | None, point: Point | None) -> bytes:
    """SHA-256 over everything that an import takes from a row: the same row read the same way gives the same bytes."""
    said = (
        row.outer_no,
        write_instant(row.opened_at),
        row.due_at and write_instant(row.due_at),
        row.closes_at and write_instant(row.closes_at),
        kind.category,
        kind.condition_id,
        unit and str(unit.unit_id),
        point and key(point),
        row.on_time,
    )
    return hashlib.sha256(repr(said).encode()).digest()


def hours_of(rows: Iterable[PastRow], zone: ZoneInfo) -> list[int]:
    """How many rows were opened in each hour of the local day; rows with a date only are left out."""
    counted = Counter(row.opened_at.astimezone(zone).hour for row in rows if "opened" not in row.whole_days)
    return [counted[hour] for hour in range(24)]


def unlikely_hours(hours: Sequence[int]) -> Finding | None:
    """A word of doubt about the time zone where the quietest hours are not those of the night. Only a doubt."""
    total = sum(hours)
    if total < HOURS_FROM:
        return None
    quiet = {start: sum(hours[(start + at) % 24] for at in range(QUIET_HOURS)) for start in range(24)}
    start = min(quiet, key=lambda hour: quiet[hour])
    if quiet[start] / total > FLAT_SHARE or (start + QUIET_HOURS / 2) % 24 < 7.5:
        return None
    why = (
        f"The quietest hours are {start}:00 to {(start + QUIET_HOURS) % 24}:00, with {quiet[start] / total:.0%} of the "
        "rows; where people sleep at night they are the early hours. Is --time-zone right?"
    )
    return Finding(code="hours_unlikely", place="file", field="opened", why=why, facts={"hours": list(hours)})


def _usable(
    row: PastRow, point: Point | None, extent: Extent | None, defaults: Mapping[Point, int]
) -> tuple[Point | None, Finding | None]:
    """The place that a ticket gets, and why it gets none."""
    if point is None:
        if row.place_fault:
            why = "These are no coordinates; the ticket comes in without a place."
            return None, _finding(row, "place_unreadable", "point", row.place_fault, why)
        return None, _finding(row, "no_place", "point", "", "It names no place; the ticket comes in without one.")
    if extent is not None and not extent.holds(point):
        text = ", ".join(f"{number:.6f}" for number in point)
        why = "More than 20 km from all that the jurisdiction knows; the ticket comes in without a place."
        return None, _finding(row, "far_outside", "point", text, why)
    return (None if key(point) in defaults else point), None


def _finding(row: PastRow, code: str, name: str, text: str, why: str) -> Finding:
    return Finding(code=code, place=row.place, field=name, text=text, why=why, facts={"id": row.outer_no})


def _of_defaults(defaults: Mapping[Point, int]) -> list[Finding]:
    return [
        Finding(
            code="default_place",
            place=f"{rows:,} rows",
            field="point",
            text=f"{lon:.6f}, {lat:.6f}",
            why="So many rows on one point: a default and no place. Their tickets come in without one.",
            facts={"lon": lon, "lat": lat, "rows": rows},
        )
        for (lon, lat), rows in defaults.items()
    ]


def _unmapped_units(rows: Sequence[PastRow], ground: Ground) -> dict[str, int]:
    return _words(Counter(row.unit for row in rows if row.unit and row.unit not in ground.units))


def _of_units(rows: Sequence[PastRow], ground: Ground) -> list[Finding]:
    why = "No unit here is called so; its tickets come in without a unit. Say --map-unit WORD=CODE, or a file of such lines."
    return [
        Finding(code="unit_unmapped", place=f"{count:,} rows", field="unit", text=word, why=why, facts={"rows": count})
        for word, count in _unmapped_units(rows, ground).items()
    ]


def _of_flags(rows: Sequence[PastRow]) -> list[Finding]:
    why = "Neither yes nor no, neither on time nor late: counted as no flag."
    return [
        Finding(code="flag_unreadable", place=f"{count:,} rows", field="on_time", text=word, why=why)
        for word, count in Counter(row.flag for row in rows if row.flag).most_common()
    ]


def _words(counted: Counter[str]) -> dict[str, int]:
    return dict(counted.most_common())
