"""Queries of the register: households by place, their contact, needs, consent, and who was shown a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import Table, delete, func, select, text, update

from gridward.domain.households.importing import Known
from gridward.domain.households.register import Need
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.households.rows import (
    HouseholdConsentRow,
    HouseholdContactRow,
    HouseholdNeedRow,
    HouseholdPastRow,
    HouseholdRow,
    RevealRow,
    TieRow,
)
from gridward.persistence.territory.rows import AreaRow, BuildingRow, GridRow
from gridward.persistence.writes import Put, Writes

Either = ReadSession | WriteSession
Values = Mapping[str, Any]

HOUSEHOLD = cast(Table, HouseholdRow.__table__)
CONTACT = cast(Table, HouseholdContactRow.__table__)
AT_ONCE = 20_000
"""Rows of one statement."""


async def buildings(session: Either, jurisdiction_id: UUID) -> Sequence[Any]:
    """``building_id, code, name, house_no, community_id`` of every building."""
    query = (
        select(BuildingRow.building_id, BuildingRow.code, BuildingRow.name, BuildingRow.house_no, GridRow.community_id)
        .outerjoin(GridRow, GridRow.grid_id == BuildingRow.grid_id)
        .where(BuildingRow.jurisdiction_id == jurisdiction_id)
    )
    return (await session.execute(query)).all()


async def community_of(session: Either, jurisdiction_id: UUID, building_id: UUID) -> Any | None:
    """``grid_id, community_id`` of a building of the jurisdiction; None: there is no such building."""
    query = (
        select(BuildingRow.grid_id, GridRow.community_id)
        .outerjoin(GridRow, GridRow.grid_id == BuildingRow.grid_id)
        .where(BuildingRow.jurisdiction_id == jurisdiction_id, BuildingRow.building_id == building_id)
    )
    return (await session.execute(query)).one_or_none()


STANDING = text(
    """
    SELECT h.household_id, h.version, h.building_id, h.entrance, h.floor, h.room, c.name, c.number_digest,
           c.number_sealed,
           (SELECT coalesce(array_agg(n.need), '{}') FROM household_need n WHERE n.household_id = h.household_id) AS needs,
           coalesce((SELECT s.given FROM household_consent s WHERE s.household_id = h.household_id
                     ORDER BY s.at DESC, s.consent_id DESC LIMIT 1), false) AS consents
    FROM household h LEFT JOIN household_contact c USING (household_id)
    WHERE h.building_id = ANY (:building_ids) AND h.ended_at IS NULL
    """
)


async def standing(session: Either, building_ids: Collection[UUID]) -> dict[tuple[UUID, str, str], Known]:
    """What is registered in these buildings, by building, entrance and room."""
    found = {}
    for row in await session.execute(STANDING, {"building_ids": list(building_ids)}):
        found[row.building_id, row.entrance, row.room] = Known(
            household_id=row.household_id,
            version=row.version,
            floor=row.floor,
            name=row.name,
            phone_digest=row.number_digest,
            needs=frozenset(map(Need, row.needs)),
            consents=row.consents,
            number_sealed=row.number_sealed,
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the policy and the verbs must know of a household. ``liaison_ids``: who is tied to it now."""

    household_id: UUID
    jurisdiction_id: UUID
    community_id: UUID | None
    grid_id: UUID | None
    building_id: UUID
    entrance: str
    floor: str
    room: str
    cares: bool
    version: int
    registered_at: datetime
    reached_on: date | None
    ended: str | None
    merged_into_id: UUID | None
    liaison_ids: frozenset[UUID]
    tied_ever: frozenset[UUID]


async def one(session: Either, household_id: UUID, *, lock: bool = False) -> Standing | None:
    query = select(HouseholdRow).where(HouseholdRow.household_id == household_id)
    row = await session.scalar(query.with_for_update() if lock else query)
    if row is None:
        return None
    grid_id = await session.scalar(select(BuildingRow.grid_id).where(BuildingRow.building_id == row.building_id))
    ties = (
        await session.execute(select(TieRow.person_id, TieRow.valid_to).where(TieRow.household_id == household_id))
    ).all()
    return Standing(
        household_id=row.household_id,
        jurisdiction_id=row.jurisdiction_id,
        community_id=row.community_id,
        grid_id=grid_id,
        building_id=row.building_id,
        entrance=row.entrance,
        floor=row.floor,
        room=row.room,
        cares=row.cares,
        version=row.version,
        registered_at=row.registered_at,
        reached_on=row.reached_on,
        ended=row.ended,
        merged_into_id=row.merged_into_id,
        liaison_ids=frozenset(tie.person_id for tie in ties if tie.valid_to is None),
        tied_ever=frozenset(tie.person_id for tie in ties),
    )


async def contact(session: Either, household_id: UUID) -> HouseholdContactRow | None:
    return await session.scalar(select(HouseholdContactRow).where(HouseholdContactRow.household_id == household_id))


async def needs(session: Either, household_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    query = select(HouseholdNeedRow.household_id, HouseholdNeedRow.need).where(
        HouseholdNeedRow.household_id.in_(household_ids)
    )
    found: dict[UUID, list[str]] = {}
    for row in await session.execute(query.order_by(HouseholdNeedRow.need)):
        found.setdefault(row.household_id, []).append(row.need)
    return found


async def consent(session: Either, household_id: UUID) -> HouseholdConsentRow | None:
    """What it said last."""
    query = (
        select(HouseholdConsentRow)
        .where(HouseholdConsentRow.household_id == household_id)
        .order_by(HouseholdConsentRow.at.desc(), HouseholdConsentRow.consent_id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def consents(session: Either, household_id: UUID) -> Sequence[HouseholdConsentRow]:
    """What it was read and said, newest first."""
    query = select(HouseholdConsentRow).where(HouseholdConsentRow.household_id == household_id)
    return (await session.scalars(query.order_by(HouseholdConsentRow.at.desc(), HouseholdConsentRow.consent_id))).all()


async def past(session: Either, household_id: UUID) -> Sequence[Line[Any]]:
    """How its place stood before, newest first: ``version, building, entrance, floor, room, contact_changed, until, by``."""
    query = text(
        """
        SELECT o.version, coalesce(b.name, b.house_no, b.code) AS building, o.entrance, o.floor, o.room,
               o.contact_changed, o.until, p.name AS by
        FROM household_past o JOIN building b USING (building_id) LEFT JOIN person p ON p.person_id = o.changed_by
        WHERE o.household_id = :household_id ORDER BY o.version DESC
        """
    )
    return (await session.execute(query, {"household_id": household_id})).all()


async def lines_of(session: Either, household_id: UUID) -> list[UUID]:
    """The lines that were merged into a household."""
    query = select(HouseholdRow.household_id).where(HouseholdRow.merged_into_id == household_id)
    return list((await session.scalars(query.order_by(HouseholdRow.household_id))).all())


async def follow(session: WriteSession, household_id: UUID, into_id: UUID) -> None:
    """Lines that were merged into one which is merged itself now follow it: nobody looks for them through two steps."""
    await session.execute(
        update(HOUSEHOLD).where(HOUSEHOLD.c.merged_into_id == household_id).values(merged_into_id=into_id)
    )


async def held_of(session: Either, household_ids: Collection[UUID]) -> Line[Any]:
    """Of these lines together: ``visits, notes, corrections, reveals``."""
    query = text(
        """
        SELECT (SELECT count(*) FROM visit WHERE household_id = ANY (:ids)) AS visits,
               (SELECT count(*) FROM visit_note WHERE household_id = ANY (:ids)) AS notes,
               (SELECT count(*) FROM household_past WHERE household_id = ANY (:ids)) AS corrections,
               (SELECT count(*) FROM household_reveal WHERE household_id = ANY (:ids)) AS reveals
        """
    )
    return (await session.execute(query, {"ids": list(household_ids)})).one()


async def building_name(session: Either, building_id: UUID) -> str:
    query = select(func.coalesce(BuildingRow.name, BuildingRow.house_no, BuildingRow.code))
    return str(await session.scalar(query.where(BuildingRow.building_id == building_id)))


_PAGE = """
    SELECT h.household_id, h.building_id, coalesce(b.name, b.house_no, b.code) AS building, h.entrance, h.floor, h.room,
           h.version, h.community_id, a.name AS community, t.person_id AS liaison_id, p.name AS liaison, h.reached_on,
           h.ended
    FROM household h
    JOIN building b USING (building_id)
    LEFT JOIN area a ON a.area_id = h.community_id
    LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
    LEFT JOIN person p ON p.person_id = t.person_id
    WHERE h.jurisdiction_id = :jurisdiction_id AND {which}
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (CAST(:building_id AS uuid) IS NULL OR h.building_id = :building_id)
      AND (CAST(:liaison_id AS uuid) IS NULL OR t.person_id = :liaison_id)
      AND (NOT :untied OR t.person_id IS NULL)
      AND (CAST(:after_code AS text) IS NULL
           OR (b.code, h.entrance, h.room, h.household_id) > (:after_code, :after_entrance, :after_room, :after_id))
      {words}
    ORDER BY b.code, h.entrance, h.room, h.household_id
    LIMIT :limit
"""
_WORDS = """
      AND NOT EXISTS (
          SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
          WHERE NOT (concat_ws(' ', b.name, b.house_no, b.code) ILIKE '%' || w.word || '%'
                     OR h.room ILIKE w.word || '%' OR h.entrance || '单元' = w.word OR h.floor || '层' = w.word))
"""
"""Each word is a part of what its building is called, the beginning of its room, or its entrance or floor in full."""
_PAGES = {
    (ended, asked): text(
        _PAGE.format(which="h.ended IS DISTINCT FROM 'erased'" if ended else "h.ended_at IS NULL", words=words)
    )
    for ended in (False, True)
    for asked, words in ((False, ""), (True, _WORDS))
}


async def page(session: Either, jurisdiction_id: UUID, **asked: Any) -> Sequence[Line[Any]]:
    """Households by building and door, without anything of their people. ``words``: of an address; ``ended``: also those
    that moved away or were merged."""
    after, ended, words = asked.pop("after", None), asked.pop("ended", False), asked.pop("words", ())
    code, entrance, room, household_id = after or (None, "", "", None)
    values = {"after_code": code, "after_entrance": entrance, "after_room": room, "after_id": household_id}
    if words:
        values["words"] = [_escaped(word) for word in words]
    return (
        await session.execute(_PAGES[ended, bool(words)], {"jurisdiction_id": jurisdiction_id, **asked, **values})
    ).all()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def code_of_building(session: Either, building_id: UUID) -> str | None:
    code: str | None = await session.scalar(select(BuildingRow.code).where(BuildingRow.building_id == building_id))
    return code


async def counts(session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None) -> Sequence[Line[Any]]:
    """For each building with households: ``building_id, building, grid_id, lon, lat, households, tied``."""
    query = text(
        """
        SELECT b.building_id, coalesce(b.name, b.house_no, b.code) AS building, b.code, b.grid_id,
               ST_X(b.location) AS lon, ST_Y(b.location) AS lat,
               count(*) AS households, count(t.person_id) AS tied
        FROM household h JOIN building b USING (building_id)
        LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
        WHERE h.jurisdiction_id = :jurisdiction_id AND h.ended_at IS NULL
          AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
        GROUP BY b.building_id ORDER BY b.code
        """
    )
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "community_ids": None if community_ids is None else list(community_ids),
    }
    return (await session.execute(query, asked)).all()


async def communities_named(session: Either, community_ids: Collection[UUID]) -> dict[UUID, str]:
    query = select(AreaRow.area_id, AreaRow.name).where(AreaRow.area_id.in_(community_ids))
    return {row.area_id: row.name for row in await session.execute(query)}


_PUTS = {
    table: Put(cast(Table, table.__table__))
    for table in (HouseholdRow, HouseholdPastRow, HouseholdNeedRow, HouseholdConsentRow, RevealRow)
}
_CONTACTS = Put(CONTACT, again="replaced", key=("household_id",), fixed=("jurisdiction_id",))


async def _put(session: WriteSession, how: Put, rows: Sequence[Values]) -> None:
    """In slices; a spreadsheet of a city is some hundred thousand rows."""
    for start in range(0, len(rows), AT_ONCE):
        writes = Writes()
        writes.add(how, rows[start : start + AT_ONCE])
        await writes.run(session)


async def add(session: WriteSession, table: type[Any], rows: Sequence[Values]) -> None:
    """INSERT only. All rows have the same columns."""
    await _put(session, _PUTS[table], rows)


async def put_contacts(session: WriteSession, rows: Sequence[Values]) -> None:
    await _put(session, _CONTACTS, rows)


DROP_CONTACTS = text("DELETE FROM household_contact WHERE household_id = ANY (:ids)")
DROP_NEEDS = text("DELETE FROM household_need WHERE household_id = ANY (:ids)")


async def drop_contacts(session: WriteSession, household_ids: Collection[UUID]) -> None:
    if household_ids:
        await session.execute(DROP_CONTACTS, {"ids": list(household_ids)})


async def put_needs(
    session: WriteSession, jurisdiction_id: UUID, wanted: Mapping[UUID, Collection[Need]], now: datetime
) -> None:
    """Exactly these needs of each household."""
    ids = list(wanted)
    for start in range(0, len(ids), AT_ONCE):
        await session.execute(DROP_NEEDS, {"ids": ids[start : start + AT_ONCE]})
    rows = [
        {"household_id": one, "need": need.value, "jurisdiction_id": jurisdiction_id, "since": now}
        for one, needs in wanted.items()
        for need in needs
    ]
    await add(session, HouseholdNeedRow, rows)


async def change(session: WriteSession, household_id: UUID, values: Values) -> None:
    await session.execute(update(HOUSEHOLD).where(HOUSEHOLD.c.household_id == household_id).values(**values))


async def change_many(session: WriteSession, rows: Sequence[Values]) -> None:
    """``household_id, floor, cares, version, changed_at`` of each."""
    if not rows:
        return
    query = text(
        """
        UPDATE household h SET floor = n.floor, cares = n.cares, version = n.version, changed_at = :now
        FROM unnest(CAST(:ids AS uuid[]), CAST(:floors AS text[]), CAST(:cares AS boolean[]), CAST(:versions AS int[]))
             AS n(household_id, floor, cares, version)
        WHERE h.household_id = n.household_id
        """
    )
    await session.execute(
        query,
        {
            "now": rows[0]["changed_at"],
            "ids": [row["household_id"] for row in rows],
            "floors": [row["floor"] for row in rows],
            "cares": [row["cares"] for row in rows],
            "versions": [row["version"] for row in rows],
        },
    )


async def forget_past(session: WriteSession, household_id: UUID) -> None:
    await session.execute(delete(HouseholdPastRow).where(HouseholdPastRow.household_id == household_id))


async def take_turn(session: WriteSession, jurisdiction_id: UUID) -> None:
    """One change of many households at a time: two imports at once would both register a room."""
    query = text("SELECT pg_advisory_xact_lock(hashtextextended('households' || CAST(:of AS text), 0))")
    await session.execute(query, {"of": str(jurisdiction_id)})
