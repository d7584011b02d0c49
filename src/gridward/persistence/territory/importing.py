"""The steps of an import at the database: take the turn, stage slices, link, look for faults, publish, clear away."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.errors import Conflict
from gridward.domain.territory import Layer
from gridward.domain.territory_rows import Staged
from gridward.persistence.database import WriteSession, reach_homes
from gridward.persistence.entries import new_id
from gridward.persistence.territory import checks
from gridward.persistence.territory.linking import BELONGS, CHANGES_LATER, MUST_BELONG, TARGET, UNKNOWN
from gridward.persistence.territory.publishing import AS_OF_NOW, BARE_PARENTS, HOMES_FOLLOW, PUBLISH
from gridward.persistence.territory.staging import TerritoryImportRow

STAGE = text(
    """
INSERT INTO staged_feature (import_id, row_no, place, code, name, kind, attributes, geometry, target_id, outcome)
SELECT :import_id, r.row_no, r.place, r.code, r.name, r.kind, CAST(r.attributes AS jsonb),
       ST_GeomFromWKB(r.wkb, 4326), r.target_id, 'new'
FROM unnest(
    CAST(:row_nos AS int[]), CAST(:places AS text[]), CAST(:codes AS text[]), CAST(:names AS text[]),
    CAST(:kinds AS text[]), CAST(:attributes AS text[]), CAST(:wkbs AS bytea[]), CAST(:target_ids AS uuid[])
) AS r (row_no, place, code, name, kind, attributes, wkb, target_id)
"""
)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A staged row that names something which does not stand, or cannot stand from its instant."""

    code: str
    place: str
    attribute: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that two features claim; a place there belongs to the smaller ``code``."""

    code: str
    other: str
    area_m2: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Ground that no feature claims; ``within`` is the area it is part of, when it lies at that area's edge."""

    within: str | None
    beside: str
    area_m2: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class MissingParent:
    """An area that is named as a parent and stands nowhere."""

    code: str
    child_level: str
    children: int


@asynccontextmanager
async def import_turn(engine: AsyncEngine, jurisdiction_id: UUID, of: str = "territory") -> AsyncIterator[None]:
    """Hold the jurisdiction's only turn to import territory (or what ``of`` says), from the first check to the last row.

    What was linked and checked therefore still stands when it is published.

    Raises:
        Conflict: ``import_under_way``.
    """
    key = {"key": f"{of} {jurisdiction_id}"}
    async with engine.connect() as connection:
        taken = await connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key)
        got = taken.scalar_one()
        await connection.commit()
        if not got:
            raise Conflict("import_under_way")
        try:
            yield
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)
            await connection.commit()


async def begin(session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, now: datetime) -> None:
    """Open an import; what an earlier one left behind, because it was cut off, goes first."""
    await session.execute(delete(TerritoryImportRow).where(TerritoryImportRow.jurisdiction_id == jurisdiction_id))
    await session.execute(
        insert(TerritoryImportRow).values(
            import_id=import_id, jurisdiction_id=jurisdiction_id, layer=layer.value, started_at=now
        )
    )


async def stage(session: WriteSession, import_id: UUID, rows: Sequence[Staged]) -> None:
    """Put a slice of judged rows aside, in one statement."""
    if not rows:
        return
    wkbs = shapely.to_wkb([row.geometry for row in rows])
    await session.execute(
        STAGE,
        {
            "import_id": import_id,
            "row_nos": [row.row_no for row in rows],
            "places": [row.place for row in rows],
            "codes": [row.code for row in rows],
            "names": [row.name for row in rows],
            "kinds": [row.kind for row in rows],
            "attributes": [json.dumps(dict(row.attributes), ensure_ascii=False) for row in rows],
            "wkbs": list(wkbs),
            "target_ids": [new_id() for _ in rows],
        },
    )


async def link(
    session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, at: datetime
) -> list[Unlinked]:
    """Find what each row belongs to and which row it replaces at ``at``; what names nothing known is refused, and a grid

    whose ground changes at a later instant.
    """
    await session.execute(text("SELECT analyze_staging()"))
    facts = {"import_id": import_id, "jurisdiction_id": jurisdiction_id, "at": at}
    for statement in BELONGS.get(layer, ()):
        await session.execute(text(statement), _only(statement, facts))
    unlinked: list[Unlinked] = []
    if layer in MUST_BELONG:
        attribute, why = MUST_BELONG[layer]
        rows = await session.execute(text(UNKNOWN), {"import_id": import_id, "attribute": attribute})
        unlinked = [
            Unlinked(f"{attribute}_unknown", row.place, attribute, row.text, why)
            for row in sorted(rows.all(), key=lambda row: row.row_no)
        ]
    if layer is Layer.grid:
        for row in await session.execute(text(CHANGES_LATER), facts):
            why = f"Ground of it changes on {row.at:%Y-%m-%d} already ({row.text}); changes go in the order of their dates."
            unlinked.append(Unlinked("ground_changes_later", row.place, "geometry", row.text, why))
    await session.execute(text(TARGET[layer]), _only(TARGET[layer], facts))
    return unlinked


def _only(statement: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if re.search(f":{name}\\b", statement)}


async def outcomes(session: WriteSession, import_id: UUID) -> dict[str, int]:
    """How many rows are ``new``, ``changed``, ``unchanged`` and ``refused``."""
    rows = await session.execute(text(checks.COUNTS), {"import_id": import_id})
    return {row.outcome: row.rows for row in rows}


async def overlaps(
    session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, at: datetime
) -> list[Overlap]:
    """Ground claimed twice, among the staged rows and between them and what stands at ``at``. Each pair once."""
    if layer not in checks.MUST_NOT_OVERLAP:
        return []
    facts = {"import_id": import_id, "jurisdiction_id": jurisdiction_id, "at": at}
    rows = await session.execute(text(checks.overlaps(layer)), facts)
    return [Overlap(row.code, row.other, row.area_m2, row.lon, row.lat) for row in rows]


async def gaps(session: WriteSession, import_id: UUID, jurisdiction_id: UUID, layer: Layer, at: datetime) -> list[Gap]:
    """Ground claimed by nobody at ``at``, largest first."""
    if layer not in checks.MUST_NOT_LEAVE_GAPS:
        return []
    facts = {"import_id": import_id, "jurisdiction_id": jurisdiction_id, "at": at}
    rows = await session.execute(text(checks.gaps(layer)), facts)
    return [Gap(row.within, row.beside or "", row.area_m2, row.lon, row.lat) for row in rows]


async def missing_parents(session: WriteSession, import_id: UUID, jurisdiction_id: UUID) -> list[MissingParent]:
    """Areas known only because others name them."""
    facts = {"import_id": import_id, "jurisdiction_id": jurisdiction_id}
    rows = await session.execute(text(checks.MISSING_PARENTS), facts)
    return [MissingParent(row.code, row.child_level, row.children) for row in rows]


async def without_link(session: WriteSession, import_id: UUID) -> int:
    """How many rows belong to nothing known: buildings without a grid, grids without a community."""
    return int((await session.execute(text(checks.WITHOUT_GRID), {"import_id": import_id})).scalar_one())


async def publish(
    session: WriteSession,
    import_id: UUID,
    jurisdiction_id: UUID,
    layer: Layer,
    bare_parents: Sequence[tuple[str, str]],
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Everything that is new or changed becomes the territory, from ``at`` (now). ``bare_parents`` are (code, level).

    What is kept as of now follows at once unless ``at`` is still to come.
    """
    if bare_parents:
        await session.execute(
            text(BARE_PARENTS),
            {
                "jurisdiction_id": jurisdiction_id,
                "ids": [new_id() for _ in bare_parents],
                "codes": [code for code, _ in bare_parents],
                "levels": [level for _, level in bare_parents],
            },
        )
    facts = {"import_id": import_id, "jurisdiction_id": jurisdiction_id, "at": at or now}
    if HOMES_FOLLOW in PUBLISH[layer]:
        await reach_homes(session, jurisdiction_id)
    for statement in PUBLISH[layer]:
        if statement not in AS_OF_NOW:
            await session.execute(text(statement), _only(statement, facts))
        elif at is None or at <= now:
            await session.execute(text(statement), _only(statement, {**facts, "since": facts["at"], "at": now}))


async def discard(session: WriteSession, import_id: UUID) -> None:
    """Forget the staged rows."""
    await session.execute(delete(TerritoryImportRow).where(TerritoryImportRow.import_id == import_id))
