"""A change of territory as it is asked for becomes staged rows, with everything that can be said against it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding
from gridward.domain.territory import Layer
from gridward.domain.territory_change import ChangeKind, Wanted, cut, fault, merged, misplaced
from gridward.domain.territory_rows import Judge, Reading, Staged
from gridward.persistence.database import WriteSession
from gridward.persistence.territory import change, importing
from gridward.persistence.territory.change import Standing

MADE = Reading(Layer.grid, {name: name for name in ("code", "name", "kind", "community")})
MOST_GRIDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is wanted from a day on.

    Args:
        grids: Codes of the grids that are merged, or of the one that is split.
        wanted: What comes of it; of a merge one grid without a geometry. A code among ``grids`` goes on.
        line: For a split: where the grid is cut in two (WGS-84), instead of geometries.
        lead_of: Of several leads the one of this grid (code) leads on.
    """

    kind: ChangeKind
    on: date
    wanted: tuple[Wanted, ...]
    grids: tuple[str, ...] = ()
    line: tuple[tuple[float, float], ...] = ()
    lead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change does beside its staged rows. ``after``: code of a predecessor → codes of what comes after it."""

    kind: ChangeKind
    on: date
    at: datetime
    layer: Layer = Layer.grid
    ended: Mapping[str, UUID] = field(default_factory=dict)
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lead_of: UUID | None = None
    faults: tuple[Finding, ...] = ()


async def stage_proposal(
    session: WriteSession, import_id: UUID, jurisdiction_id: UUID, proposal: Proposal, at: datetime, now: datetime
) -> Plan:
    """Put what is wanted aside as rows of an import that nobody sees.

    Raises:
        Malformed: ``too_many_grids``, ``cut_misses``.
    """
    if len(proposal.wanted) + len(proposal.grids) > MOST_GRIDS:
        raise Malformed("too_many_grids", most=MOST_GRIDS)
    codes = {*proposal.grids, *(one.code for one in proposal.wanted)}
    standing = await change.standing(session, jurisdiction_id, codes, at)
    unknown = [code for code in proposal.grids if code not in standing]
    faults = [fault("grid_unknown", code, "No grid of this code stands at that date.") for code in unknown]
    faults += _arranged(proposal)
    members = [standing[code] for code in proposal.grids if code in standing]
    going_on = {one.code for one in proposal.wanted}
    ended = [one for one in members if one.piece.code not in going_on]
    faults += [_later(one, at) for one in ended if one.later is not None or one.since >= at]
    geometries, more = ([], []) if unknown or faults else _geometries(proposal, members)
    faults += more
    ground = await change.extent(session, jurisdiction_id, at)
    rows, refused = _rows(proposal.wanted, geometries, members, standing, ground)
    await importing.begin(session, import_id, jurisdiction_id, Layer.grid, now)
    await importing.stage(session, import_id, rows)
    made = tuple(one.code for one in proposal.wanted)
    lead = standing.get(proposal.lead_of) if proposal.lead_of is not None else None
    return Plan(
        kind=proposal.kind,
        on=proposal.on,
        at=at,
        ended={one.piece.code: one.grid_id for one in ended},
        after={one.piece.code: tuple(c for c in made if c != one.piece.code) for one in members}
        if proposal.kind is ChangeKind.split
        else {one.piece.code: made for one in ended},
        lead_of=None if lead is None else lead.grid_id,
        faults=(*faults, *refused),
    )


def _arranged(proposal: Proposal) -> list[Finding]:
    """Whether the parts fit the kind of change."""
    wanted, codes = len(proposal.wanted), ", ".join(proposal.grids)
    if proposal.kind is ChangeKind.merge and wanted != 1:
        return [fault("merge_into_one", codes, f"A merge makes one grid, not {wanted}.")]
    if proposal.kind is ChangeKind.split and (len(proposal.grids) != 1 or wanted < 2):
        return [fault("split_of_one", codes, "A split makes at least two grids of one.")]
    if not wanted:
        return [fault("nothing_wanted", "", "No grid is named.")]
    return []


def _later(one: Standing, at: datetime) -> Finding:
    when = one.later or one.since
    why = f"Its ground changes on {when:%Y-%m-%d} already; changes go in the order of their dates."
    return fault("ground_changes_later", one.piece.code, why, text=one.piece.code, changes_at=when.isoformat())


def _geometries(proposal: Proposal, members: Sequence[Standing]) -> tuple[list[BaseGeometry | None], list[Finding]]:
    if proposal.kind is ChangeKind.merge:
        ground, faults = merged([one.piece for one in members])
        return [ground], list(faults)
    if proposal.kind is ChangeKind.split and proposal.line:
        return list(cut(members[0].piece, proposal.line)), []
    return [one.geometry for one in proposal.wanted], []


def _rows(
    wanted: Sequence[Wanted],
    geometries: Sequence[BaseGeometry | None],
    members: Sequence[Standing],
    standing: Mapping[str, Standing],
    ground: tuple[float, float, float, float] | None,
) -> tuple[list[Staged], list[Finding]]:
    """Rows as a file would bring them: kind and community are those of the grid itself or of its predecessors."""
    judge = Judge(MADE)
    rows, refused = list[Staged](), list[Finding]()
    for number, (one, geometry) in enumerate(zip(wanted, geometries, strict=False), 1):
        odd = None if geometry is None or geometry.is_empty else misplaced(one.code, geometry, ground)
        if odd is not None:
            refused.append(odd)
            continue
        like = standing.get(one.code) or (members[0] if members else None)
        values: dict[str, Any] = {"code": one.code, "name": one.name}
        if like is not None:
            values |= {"kind": like.piece.kind.value, "community": like.piece.community}
        place = f"grid {number} ({one.code})"
        verdict = judge.judge(row_no=number, place=place, values=values, geometry=geometry, fault=None, changes=())
        if isinstance(verdict, Finding):
            refused.append(verdict)
        else:
            rows.append(verdict)
    return rows, refused
