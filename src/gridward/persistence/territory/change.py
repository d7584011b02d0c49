"""A change of territory at the database: look at what it would move, make it, let it take effect when its day comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.territory import GridKind, Layer
from gridward.domain.territory_carry import Carried, Held
from gridward.domain.territory_change import Piece, of_polygons
from gridward.persistence.database import ReadSession, WriteSession, plan_for_values, reach_homes
from gridward.persistence.entries import new_id
from gridward.persistence.territory import moves
from gridward.persistence.territory.change_rows import GridSuccessionRow, TerritoryChangeRow
from gridward.persistence.territory.publishing import AREAS_NOW, HOMES_FOLLOW, MOVED_BUILDINGS
from gridward.persistence.territory.rows import StewardshipRow

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A grid as it stands at an instant. ``later``: when its ground changes hands again, if that is known already."""

    grid_id: UUID
    community_id: UUID | None
    since: datetime
    later: datetime | None
    piece: Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What a look at a staged change is asked with."""

    import_id: UUID
    jurisdiction_id: UUID
    layer: Layer
    at: datetime
    ended: tuple[UUID, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "import_id": self.import_id,
            "jurisdiction_id": self.jurisdiction_id,
            "at": self.at,
            "ended": list(self.ended),
        }


async def take_turn(session: WriteSession, jurisdiction_id: UUID, of: str = "territory") -> bool:
    """The jurisdiction's only turn to change territory (or what ``of`` says), until this transaction ends; the same that
    an import holds."""
    key = {"key": f"{of} {jurisdiction_id}"}
    return bool(
        (await session.execute(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), key)).scalar()
    )


async def standing(
    session: WriteSession, jurisdiction_id: UUID, codes: Iterable[str], at: datetime
) -> dict[str, Standing]:
    """The named grids that stand at an instant, by code."""
    rows = await session.execute(
        text(moves.STANDING_PIECES), {"jurisdiction_id": jurisdiction_id, "codes": list(codes), "at": at}
    )
    return {
        row.code: Standing(
            grid_id=row.grid_id,
            community_id=row.community_id,
            since=row.valid_from,
            later=row.later,
            piece=Piece(
                code=row.code,
                name=row.name,
                kind=GridKind(row.kind),
                community=row.community,
                geometry=of_polygons(shapely.from_wkb(bytes(row.wkb))),
            ),
        )
        for row in rows
    }


async def extent(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, at: datetime
) -> tuple[float, float, float, float] | None:
    """West, south, east, north of everything that stands."""
    row = (await session.execute(text(moves.EXTENT), {"jurisdiction_id": jurisdiction_id, "at": at})).one_or_none()
    return None if row is None else (row.west, row.south, row.east, row.north)


async def look(session: WriteSession, statement: str, staged: Staged, **more: Any) -> Sequence[Row[Any]]:
    """The rows of one of the statements of ``moves``, about a staged change.

    The plan is made for the change at hand: how much of the city it touches decides it.
    """
    await plan_for_values(session)
    facts = {name: value for name, value in {**staged.facts, **more}.items() if f":{name}" in statement}
    return (await session.execute(text(statement), facts)).all()


async def held(session: WriteSession, jurisdiction_id: UUID, grid_ids: Iterable[UUID], at: datetime) -> list[Held]:
    """Stewardships of these grids that hold at ``at`` or begin later."""
    rows = await session.execute(
        text(moves.HELD), {"jurisdiction_id": jurisdiction_id, "grids": list(grid_ids), "at": at}
    )
    return [Held(**row._mapping) for row in rows]


END_GRIDS = (
    "UPDATE grid SET valid_to = :at WHERE grid_id = ANY(CAST(:ended AS uuid[]))",
    "UPDATE grid_boundary SET valid_to = :at WHERE grid_id = ANY(CAST(:ended AS uuid[])) AND valid_to IS NULL",
    """
UPDATE stewardship SET valid_to = :at
WHERE grid_id = ANY(CAST(:ended AS uuid[])) AND valid_from < :at AND (valid_to IS NULL OR valid_to > :at)
""",
)

LATER_SUCCESSORS = """
INSERT INTO grid_succession (predecessor_id, successor_id, jurisdiction_id, change_id, is_direct, valid_from)
SELECT older.predecessor_id, newer.successor_id, newer.jurisdiction_id, newer.change_id, false, newer.valid_from
FROM grid_succession newer JOIN grid_succession older ON older.successor_id = newer.predecessor_id
WHERE newer.change_id = :change_id AND older.predecessor_id <> newer.successor_id
ON CONFLICT DO NOTHING
"""

PAIRS = "unnest(CAST(:olds AS uuid[]), CAST(:news AS uuid[])) AS pair (old, new)"

GRANTS = (
    f"""
INSERT INTO role_grant
    (grant_id, jurisdiction_id, person_id, role, scope_kind, scope_id, is_lead, valid_from, valid_to, given_by)
SELECT DISTINCT ON (g.person_id, g.role, pair.new)
       gen_random_uuid(), g.jurisdiction_id, g.person_id, g.role, 'grid', pair.new,
       EXISTS (SELECT FROM stewardship h WHERE h.grid_id = pair.new AND h.person_id = g.person_id AND h.is_lead
               AND (h.valid_to IS NULL OR h.valid_to > :at)),
       greatest(g.valid_from, :at), g.valid_to, :by
FROM {PAIRS} JOIN role_grant g ON g.scope_id = pair.old AND g.jurisdiction_id = :jurisdiction_id
WHERE g.scope_kind = 'grid' AND (g.valid_to IS NULL OR g.valid_to > :at)
  AND NOT EXISTS (SELECT FROM role_grant o WHERE o.person_id = g.person_id AND o.role = g.role
                  AND o.scope_kind = 'grid' AND o.scope_id = pair.new AND (o.valid_to IS NULL OR o.valid_to > :at))
ORDER BY g.person_id, g.role, pair.new, g.valid_from
RETURNING person_id, scope_id
""",  # noqa: S608
    """
UPDATE role_grant SET valid_to = greatest(valid_from, :at), ended_by = :by
WHERE jurisdiction_id = :jurisdiction_id AND scope_kind = 'grid' AND scope_id = ANY(CAST(:ended AS uuid[]))
  AND (valid_to IS NULL OR valid_to > :at)
RETURNING person_id, scope_id
""",
)
"""Rights to a grid go on in what comes after it; those to a grid that ends, end with it."""


async def end_grids(session: WriteSession, ended: Sequence[UUID], at: datetime) -> None:
    """Grids, their boundaries and who holds them, until ``at``."""
    for statement in END_GRIDS if ended else ():
        await session.execute(text(statement), {"ended": list(ended), "at": at})


async def keep_change(session: WriteSession, change: Mapping[str, Any]) -> None:
    """The act itself, by its columns."""
    await session.execute(insert(TerritoryChangeRow).values(change))


async def succeed(
    session: WriteSession, change: Mapping[str, Any], pairs: Sequence[tuple[UUID, UUID]], carried: Sequence[Carried]
) -> None:
    """Who came after whom, and the stewardships that begin there. ``pairs`` are (predecessor, successor)."""
    if not pairs:
        return
    jurisdiction_id, at = change["jurisdiction_id"], change["valid_from"]
    await session.execute(
        upsert(GridSuccessionRow).on_conflict_do_nothing(),
        [
            {
                "predecessor_id": old,
                "successor_id": new,
                "jurisdiction_id": jurisdiction_id,
                "change_id": change["change_id"],
                "is_direct": True,
                "valid_from": at,
            }
            for old, new in pairs
        ],
    )
    await session.execute(text(LATER_SUCCESSORS), {"change_id": change["change_id"]})
    if carried:
        await session.execute(
            insert(StewardshipRow),
            [
                {
                    "stewardship_id": new_id(),
                    "jurisdiction_id": jurisdiction_id,
                    "grid_id": one.grid_id,
                    "person_id": one.of.person_id,
                    "is_lead": one.is_lead,
                    "valid_from": at,
                    "valid_to": one.of.valid_to,
                }
                for one in carried
            ],
        )


async def carry_grants(
    session: WriteSession, change: Mapping[str, Any], pairs: Sequence[tuple[UUID, UUID]], ended: Sequence[UUID]
) -> tuple[list[tuple[UUID, UUID]], list[tuple[UUID, UUID]]]:
    """(person, grid) of the grants that begin, and of those that end."""
    facts = {
        "jurisdiction_id": change["jurisdiction_id"],
        "at": change["valid_from"],
        "by": change["published_by"],
        "olds": [old for old, _ in pairs],
        "news": [new for _, new in pairs],
        "ended": list(ended),
    }
    found = []
    for statement in GRANTS:
        wanted = {name: value for name, value in facts.items() if f":{name}" in statement}
        rows = await session.execute(text(statement), wanted)
        found.append([(row.person_id, row.scope_id) for row in rows])
    return found[0], found[1]


WAITING = """
SELECT change_id, jurisdiction_id, valid_from FROM territory_change
WHERE in_force_at IS NULL AND valid_from <= :now
ORDER BY valid_from, change_id LIMIT 1 FOR UPDATE SKIP LOCKED
"""

CONCERNED = """
SELECT DISTINCT g.grid_id, g.community_id, coalesce(g.valid_to <= :now, false) AS ended
FROM grid_boundary b JOIN grid g USING (grid_id)
WHERE b.jurisdiction_id = :jurisdiction_id AND (b.valid_from = :since OR b.valid_to = :since)
UNION
SELECT NULL, area_id, false FROM area_boundary
WHERE jurisdiction_id = :jurisdiction_id AND (valid_from = :since OR valid_to = :since)
"""


async def due(session: WriteSession, now: datetime) -> Row[Any] | None:
    """The oldest change whose instant has come and that has not taken effect, locked: ``change_id, …, valid_from``."""
    return (await session.execute(text(WAITING), {"now": now})).one_or_none()


async def concerned(session: WriteSession, jurisdiction_id: UUID, since: datetime, now: datetime) -> Sequence[Row[Any]]:
    """Grids and areas whose boundaries begin or end at ``since``: ``grid_id`` (null: an area), ``community_id, ended``."""
    facts = {"jurisdiction_id": jurisdiction_id, "since": since, "now": now}
    return (await session.execute(text(CONCERNED), facts)).all()


async def in_force(
    session: WriteSession, jurisdiction_id: UUID, change_id: UUID, since: datetime, now: datetime
) -> int:
    """What is kept as of now follows a change; answers how many buildings changed their grid."""
    facts = {"jurisdiction_id": jurisdiction_id, "at": now}
    await session.execute(text(AREAS_NOW), facts)
    moved = await session.execute(text(MOVED_BUILDINGS), {**facts, "since": since})
    await reach_homes(session, jurisdiction_id)
    await session.execute(text(HOMES_FOLLOW), {"jurisdiction_id": jurisdiction_id})
    await session.execute(
        text("UPDATE territory_change SET in_force_at = :now WHERE change_id = :change_id"),
        {"now": now, "change_id": change_id},
    )
    return int(getattr(moved, "rowcount", 0))


async def changes(session: ReadSession, jurisdiction_id: UUID) -> Sequence[TerritoryChangeRow]:
    """Changes made and planned, the latest day first."""
    rows = await session.scalars(
        select(TerritoryChangeRow)
        .where(TerritoryChangeRow.jurisdiction_id == jurisdiction_id)
        .order_by(TerritoryChangeRow.valid_from.desc(), TerritoryChangeRow.published_at.desc())
        .limit(200)
    )
    return rows.all()
