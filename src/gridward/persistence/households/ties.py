"""Queries of ties (联系户), building stewards (楼长) and members registered at home (双报到)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import delete, insert, select, text, update

from gridward.domain.households.ties import Liaison, Untied
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.households.rows import BuildingStewardshipRow, HomeRegistrationRow, HouseholdRow, TieRow

Either = ReadSession | WriteSession
AT_ONCE = 5_000

LIAISONS = text(
    """
    WITH held AS (
        SELECT DISTINCT g.person_id, g.scope_id AS community_id FROM role_grant g
        JOIN person p ON p.person_id = g.person_id AND p.disabled_at IS NULL AND p.erased_at IS NULL
        WHERE g.jurisdiction_id = :jurisdiction_id AND g.role = 'liaison' AND g.valid_from <= :now
          AND (g.valid_to IS NULL OR g.valid_to > :now)
          AND (CAST(:community_ids AS uuid[]) IS NULL OR g.scope_id = ANY (CAST(:community_ids AS uuid[])))
    ), loads AS (
        SELECT t.person_id, count(*) AS load, avg(ST_X(b.location)) AS lon, avg(ST_Y(b.location)) AS lat
        FROM tie t JOIN household h USING (household_id) JOIN building b USING (building_id)
        WHERE t.valid_to IS NULL AND t.person_id IN (SELECT person_id FROM held) GROUP BY t.person_id
    )
    SELECT held.person_id, held.community_id, p.name, coalesce(loads.load, 0) AS load,
           coalesce(loads.lon, ST_X(home.location)) AS lon, coalesce(loads.lat, ST_Y(home.location)) AS lat
    FROM held JOIN person p USING (person_id) LEFT JOIN loads USING (person_id)
    LEFT JOIN home_registration r ON r.person_id = held.person_id AND r.valid_to IS NULL
    LEFT JOIN building home ON home.building_id = r.building_id
    ORDER BY p.name, held.person_id
    """
)

FORMER = text(
    """
    SELECT t.person_id, h.community_id, p.name, count(*) AS load, avg(ST_X(b.location)) AS lon,
           avg(ST_Y(b.location)) AS lat
    FROM tie t JOIN household h USING (household_id) JOIN building b USING (building_id)
    JOIN person p ON p.person_id = t.person_id
    WHERE t.jurisdiction_id = :jurisdiction_id AND t.valid_to IS NULL AND h.community_id IS NOT NULL
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (p.disabled_at IS NOT NULL OR p.erased_at IS NOT NULL OR NOT EXISTS (
           SELECT FROM role_grant g
           WHERE g.person_id = t.person_id AND g.role = 'liaison' AND g.scope_id = h.community_id
             AND g.valid_from <= :now AND (g.valid_to IS NULL OR g.valid_to > :now)))
    GROUP BY t.person_id, h.community_id, p.name ORDER BY p.name, t.person_id
    """
)

UNTIED = text(
    """
    SELECT h.building_id, ST_X(b.location) AS lon, ST_Y(b.location) AS lat,
           array_agg(h.household_id ORDER BY h.entrance, h.room, h.household_id) AS household_ids
    FROM household h JOIN building b USING (building_id)
    LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
    WHERE h.jurisdiction_id = :jurisdiction_id AND h.ended_at IS NULL AND h.community_id = :community_id
      AND (t.person_id IS NULL OR t.person_id = :leaving)
    GROUP BY h.building_id, b.location
    """
)


async def liaisons(
    session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None, now: datetime
) -> Sequence[Line[Any]]:
    """``person_id, name, community_id, load, lon, lat`` of each liaison of these communities (None: of all)."""
    wanted = None if community_ids is None else list(community_ids)
    asked = {"jurisdiction_id": jurisdiction_id, "community_ids": wanted, "now": now}
    return (await session.execute(LIAISONS, asked)).all()


async def former(
    session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None, now: datetime
) -> Sequence[Line[Any]]:
    """As :func:`liaisons`, of those who still hold households of a community without being its liaisons; ``load``: there.

    Nobody visits these households although they are tied: whoever was disabled, whose role ended, who stayed behind when
    the building went to another community.
    """
    wanted = None if community_ids is None else list(community_ids)
    asked = {"jurisdiction_id": jurisdiction_id, "community_ids": wanted, "now": now}
    return (await session.execute(FORMER, asked)).all()


def as_liaison(row: Line[Any]) -> Liaison:
    return Liaison(person_id=row.person_id, load=row.load, spot=None if row.lon is None else (row.lon, row.lat))


async def untied(
    session: Either, jurisdiction_id: UUID, community_id: UUID, *, leaving: UUID | None = None
) -> list[Untied]:
    """Households of a community that nobody visits; those of ``leaving`` count among them."""
    asked = {"jurisdiction_id": jurisdiction_id, "community_id": community_id, "leaving": leaving}
    rows = await session.execute(UNTIED, asked)
    return [
        Untied(building_id=row.building_id, spot=(row.lon, row.lat), household_ids=tuple(row.household_ids))
        for row in rows
    ]


async def liaisons_of(session: Either, household_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who is tied to each of these households now."""
    found: dict[UUID, UUID] = {}
    ids = list(household_ids)
    for start in range(0, len(ids), AT_ONCE):
        query = select(TieRow.household_id, TieRow.person_id).where(
            TieRow.household_id.in_(ids[start : start + AT_ONCE]), TieRow.valid_to.is_(None)
        )
        found.update({row.household_id: row.person_id for row in await session.execute(query)})
    return found


async def places(session: Either, household_ids: Collection[UUID]) -> Sequence[Line[Any]]:
    """``household_id, jurisdiction_id, community_id, grid_id, version`` of those that stand, locked against their end."""
    query = text(
        """
        SELECT h.household_id, h.jurisdiction_id, h.community_id, b.grid_id, h.version
        FROM household h JOIN building b USING (building_id)
        WHERE h.household_id = ANY (:ids) AND h.ended_at IS NULL
        """
    )
    return (await session.execute(query, {"ids": list(household_ids)})).all()


async def end(session: WriteSession, household_ids: Collection[UUID], by: UUID | None, now: datetime) -> None:
    """End the ties of these households; one that was given in this very instant never was."""
    ids = list(household_ids)
    for start in range(0, len(ids), AT_ONCE):
        standing = (TieRow.household_id.in_(ids[start : start + AT_ONCE]), TieRow.valid_to.is_(None))
        quiet = {"synchronize_session": False}
        await session.execute(delete(TieRow).where(*standing, TieRow.valid_from >= now).execution_options(**quiet))
        await session.execute(
            update(TieRow).where(*standing).values(valid_to=now, ended_by=by).execution_options(**quiet)
        )


async def tie(session: WriteSession, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        await session.execute(insert(TieRow), rows[start : start + AT_ONCE])


async def by_entrance(session: Either, jurisdiction_id: UUID, community_id: UUID) -> Sequence[Line[Any]]:
    """``building_id, building, lon, lat, entrance, person_id, households`` of a community: who visits how many behind each
    entrance, in the order of buildings; ``person_id`` None: nobody."""
    query = text(
        """
        SELECT b.building_id, coalesce(b.name, b.house_no, b.code) AS building, ST_X(b.location) AS lon,
               ST_Y(b.location) AS lat, h.entrance, t.person_id, count(*) AS households
        FROM household h JOIN building b USING (building_id)
        LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
        WHERE h.jurisdiction_id = :jurisdiction_id AND h.community_id = :community_id AND h.ended_at IS NULL
        GROUP BY b.building_id, h.entrance, t.person_id ORDER BY b.code, h.entrance, households DESC, t.person_id
        """
    )
    return (await session.execute(query, {"jurisdiction_id": jurisdiction_id, "community_id": community_id})).all()


async def of_house(session: Either, building_id: UUID, entrance: str | None) -> list[UUID]:
    """The households of a building, or behind one entrance of it."""
    query = select(HouseholdRow.household_id).where(
        HouseholdRow.building_id == building_id, HouseholdRow.ended_at.is_(None)
    )
    if entrance is not None:
        query = query.where(HouseholdRow.entrance == entrance)
    return list((await session.scalars(query.order_by(HouseholdRow.entrance, HouseholdRow.room))).all())


async def of_household(session: Either, household_id: UUID) -> Sequence[Line[Any]]:
    """``person_id, name, valid_from, valid_to`` of whoever visits or visited it, newest first."""
    query = text(
        """
        SELECT t.person_id, p.name, t.valid_from, t.valid_to FROM tie t JOIN person p USING (person_id)
        WHERE t.household_id = :household_id ORDER BY t.valid_from DESC, t.tie_id
        """
    )
    return (await session.execute(query, {"household_id": household_id})).all()


async def at_hand(
    session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None, now: datetime
) -> Sequence[Line[Any]]:
    """Who can look after a building or be registered at home: ``person_id, name, roles`` of whoever walks, visits or reports
    in these communities."""
    query = text(
        """
        SELECT p.person_id, p.name, array_agg(DISTINCT g.role ORDER BY g.role) AS roles
        FROM person p JOIN role_grant g USING (person_id) LEFT JOIN grid n ON n.grid_id = g.scope_id
        WHERE p.jurisdiction_id = :jurisdiction_id AND p.disabled_at IS NULL AND p.erased_at IS NULL
          AND g.role IN ('volunteer', 'liaison', 'steward') AND g.valid_from <= :now
          AND (g.valid_to IS NULL OR g.valid_to > :now)
          AND (CAST(:community_ids AS uuid[]) IS NULL
               OR coalesce(n.community_id, g.scope_id) = ANY (CAST(:community_ids AS uuid[])))
        GROUP BY p.person_id ORDER BY p.name, p.person_id
        """
    )
    wanted = None if community_ids is None else list(community_ids)
    return (
        await session.execute(query, {"jurisdiction_id": jurisdiction_id, "community_ids": wanted, "now": now})
    ).all()


async def end_stewardship(session: WriteSession, building_id: UUID, now: datetime) -> None:
    standing = (BuildingStewardshipRow.building_id == building_id, BuildingStewardshipRow.valid_to.is_(None))
    await session.execute(delete(BuildingStewardshipRow).where(*standing, BuildingStewardshipRow.valid_from >= now))
    await session.execute(update(BuildingStewardshipRow).where(*standing).values(valid_to=now))


async def home_of(session: Either, person_id: UUID) -> UUID | None:
    """The building in which a member is registered now."""
    query = select(HomeRegistrationRow.building_id).where(
        HomeRegistrationRow.person_id == person_id, HomeRegistrationRow.valid_to.is_(None)
    )
    home: UUID | None = await session.scalar(query)
    return home


async def end_home(session: WriteSession, person_id: UUID, now: datetime) -> None:
    standing = (HomeRegistrationRow.person_id == person_id, HomeRegistrationRow.valid_to.is_(None))
    await session.execute(delete(HomeRegistrationRow).where(*standing, HomeRegistrationRow.valid_from >= now))
    await session.execute(update(HomeRegistrationRow).where(*standing).values(valid_to=now))


async def homes(session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None) -> Sequence[Line[Any]]:
    """``person_id, name, building_id, building, employer, valid_from`` of members registered at home (双报到)."""
    query = text(
        """
        SELECT r.person_id, p.name, r.building_id, coalesce(b.name, b.house_no, b.code) AS building, r.employer,
               r.valid_from
        FROM home_registration r JOIN building b USING (building_id) JOIN person p ON p.person_id = r.person_id
        LEFT JOIN grid g ON g.grid_id = b.grid_id
        WHERE r.jurisdiction_id = :jurisdiction_id AND r.valid_to IS NULL
          AND (CAST(:community_ids AS uuid[]) IS NULL OR g.community_id = ANY (CAST(:community_ids AS uuid[])))
        ORDER BY p.name, r.person_id
        """
    )
    wanted = None if community_ids is None else list(community_ids)
    return (await session.execute(query, {"jurisdiction_id": jurisdiction_id, "community_ids": wanted})).all()


async def add_row(session: WriteSession, table: type[Any], values: dict[str, Any]) -> None:
    await session.execute(insert(table), [values])


async def building_stewards(session: WriteSession, building_id: UUID) -> set[UUID]:
    """楼长 of now."""
    query = select(BuildingStewardshipRow.person_id).where(
        BuildingStewardshipRow.building_id == building_id, BuildingStewardshipRow.valid_to.is_(None)
    )
    return set((await session.execute(query)).scalars())
