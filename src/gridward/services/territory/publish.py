"""Importing territory: stage judged rows in slices, check them together, publish them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.entries import Deed
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.territory import AreaLevel, Layer, level_above, level_of_code
from gridward.domain.territory_rows import Staged
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.territory import importing


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the staged rows are worth together. ``bare_parents`` are (code, level) of areas made without a boundary."""

    ready: int
    unchanged: int
    refused: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    bare_parents: tuple[tuple[str, str], ...]
    facts: Mapping[str, Any]


async def begin_import(
    session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, now: datetime
) -> None:
    """Open an import of one layer."""
    await importing.begin(session, import_id, jurisdiction_id, layer, now)


async def stage(session: WriteSession, import_id: UUID, rows: Sequence[Staged]) -> None:
    """Put one slice aside; nothing of it is seen by anybody yet."""
    await importing.stage(session, import_id, rows)


async def check_import(
    session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, at: datetime
) -> Checked:
    """Link the staged rows with what stands at ``at`` and look at them together: what is new, overlaps, is left out."""
    unlinked = await importing.link(session, import_id, jurisdiction_id, layer, at)
    outcomes = await importing.outcomes(session, import_id)
    overlaps = await importing.overlaps(session, import_id, jurisdiction_id, layer, at)
    gaps = await importing.gaps(session, import_id, jurisdiction_id, layer, at)
    parents = await importing.missing_parents(session, import_id, jurisdiction_id) if layer is Layer.area else []
    loose = await importing.without_link(session, import_id) if layer in LOOSE else 0

    bare = tuple((parent.code, _level(parent.code, parent.child_level).value) for parent in parents)
    warnings = (
        *(_bare_parent(parent, level) for parent, (_, level) in zip(parents, bare, strict=True)),
        *map(_overlap, overlaps),
        *map(_gap, gaps),
        *((_loose(layer, loose),) if loose else ()),
    )
    return Checked(
        ready=outcomes.get("new", 0) + outcomes.get("changed", 0),
        unchanged=outcomes.get("unchanged", 0),
        refused=tuple(
            Finding(code=one.code, place=one.place, field=one.attribute, text=one.text, why=one.why) for one in unlinked
        ),
        warnings=warnings,
        bare_parents=bare,
        facts={
            "new": outcomes.get("new", 0),
            "changed": outcomes.get("changed", 0),
            "overlaps": len(overlaps),
            "overlap_m2": round(sum(one.area_m2 for one in overlaps), 2),
            "gaps": len(gaps),
            "gap_m2": round(sum(one.area_m2 for one in gaps), 2),
        },
    )


async def publish_import(
    session: WriteSession,
    import_id: UUID,
    jurisdiction_id: UUID,
    layer: Layer,
    checked: Checked,
    report: ImportReport,
    *,
    actor_id: UUID | None,
    via: str,
    now: datetime,
) -> ImportReport:
    """Publish everything that is ready, with one entry; the report says so only once the caller has committed."""
    done = report.applied_as_read()
    if not done.applied and not checked.bare_parents:
        return done
    await importing.publish(session, import_id, jurisdiction_id, layer, checked.bare_parents, now)
    detail = {
        "layer": layer.value,
        "read": done.read,
        "applied": done.applied,
        "unchanged": done.unchanged,
        "repaired": done.repaired,
        "refused": len(done.refused),
    }
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor_id,
        via=via,
        verb="territory.imported",
        subject="jurisdiction",
        subject_id=jurisdiction_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    touched = Touched(f"jurisdiction:{jurisdiction_id}", "territory", jurisdiction_id, int(now.timestamp() * 1000))
    await record(session, [deed], jurisdiction_id=jurisdiction_id, touched=[touched])
    return done


async def end_import(session: WriteSession, import_id: UUID) -> None:
    """Clear the staged rows away, published or not."""
    await importing.discard(session, import_id)


LOOSE: Mapping[Layer, tuple[str, str]] = {
    Layer.building: ("building_without_grid", "buildings lie in no grid; a report there has no grid either."),
    Layer.grid: ("grid_without_community", "grids lie in no known area; their reports have no community."),
}


def _loose(layer: Layer, rows: int) -> Finding:
    code, why = LOOSE[layer]
    return Finding(code=code, place="file", text=str(rows), why=f"{rows} {why}", facts={"rows": rows})


def _level(code: str, child_level: str) -> AreaLevel:
    return level_of_code(code) or level_above(AreaLevel(child_level))


def _bare_parent(parent: importing.MissingParent, level: str) -> Finding:
    return Finding(
        code="parent_made_bare",
        place=parent.code,
        field="parent",
        text=parent.code,
        why=f"Known only as the parent of {parent.children}; made as a {level} without name and boundary.",
        facts={"children": parent.children},
    )


def _overlap(one: importing.Overlap) -> Finding:
    where = f"at {one.lon:.6f}, {one.lat:.6f}"
    why = f"{one.area_m2:.2f} m² are claimed by both {where}; places there belong to {one.code}, as on a boundary."
    facts = {"area_m2": round(one.area_m2, 2), "lon": round(one.lon, 7), "lat": round(one.lat, 7)}
    return Finding(
        code="overlap",
        place=f"{one.code} × {one.other}",
        field="geometry",
        text=f"{one.area_m2:.2f} m²",
        why=why,
        facts=facts,
    )


def _gap(one: importing.Gap) -> Finding:
    inside = f" at the edge of {one.within}" if one.within else ""
    why = f"{one.area_m2:.2f} m² belong to nobody{inside}, at {one.lon:.6f}, {one.lat:.6f}."
    facts = {"area_m2": round(one.area_m2, 2), "lon": round(one.lon, 7), "lat": round(one.lat, 7)}
    return Finding(
        code="gap",
        place=f"between {one.beside}" if one.beside else str(one.within),
        field="geometry",
        text=f"{one.area_m2:.2f} m²",
        why=why,
        facts=facts,
    )
