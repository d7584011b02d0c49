"""What lies around a place, asked of PostGIS; and what PostgreSQL itself refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

import build
from gridward.domain.territory import AreaLevel, ServiceKind, UnitKind, describe_place
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.territory.queries import locate, near_names, stewards_of
from gridward.persistence.territory.rows import GridBoundaryRow, GridRow, StewardshipRow

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LON, LAT = 113.1000, 23.0000
WEST = build.rectangle(113.098, 22.999, 113.100, 23.001)
EAST = build.rectangle(113.100, 22.999, 113.102, 23.001)


@pytest.fixture
async def home(rolled_back: WriteSession) -> UUID:
    return await build.jurisdiction(rolled_back)


async def test_a_point_on_the_shared_edge_belongs_to_the_smallest_code(rolled_back: WriteSession, home: UUID) -> None:
    await build.grid(rolled_back, home, None, "东", EAST, since=SINCE, code="440605001001010")
    await build.grid(rolled_back, home, None, "西", WEST, since=SINCE, code="440605001001002")

    on_edge = await locate(rolled_back, home, LON, LAT, 5.0, NOW)
    assert on_edge.grid is not None
    assert on_edge.grid.name == "西"
    assert on_edge.on_grid_boundary
    assert not on_edge.one_grid

    ten_metres_east = await locate(rolled_back, home, LON + 0.0001, LAT, 5.0, NOW)
    assert ten_metres_east.grid is not None
    assert ten_metres_east.grid.name == "东"
    assert ten_metres_east.nearest_grid_boundary_m == pytest.approx(10.25, abs=0.05)
    assert ten_metres_east.one_grid
    assert not (await locate(rolled_back, home, LON + 0.0001, LAT, 15.0, NOW)).one_grid


async def test_a_crack_left_by_rounding_between_neighbours_belongs_to_both(
    rolled_back: WriteSession, home: UUID
) -> None:
    await build.grid(rolled_back, home, None, "东", EAST, since=SINCE, code="2")
    cracked = build.rectangle(113.098, 22.999, 113.099999998, 23.001)
    await build.grid(rolled_back, home, None, "西", cracked, since=SINCE, code="1")
    there = await locate(rolled_back, home, 113.099999999, LAT, 5.0, NOW)
    assert [grid.code for grid in there.holding] == ["1", "2"]


async def test_a_new_boundary_holds_from_its_day_and_the_old_one_is_remembered(
    rolled_back: WriteSession, home: UUID
) -> None:
    grid_id = await build.grid(rolled_back, home, None, "西", WEST, since=SINCE, code="1")
    changed = SINCE + timedelta(days=100)
    await rolled_back.execute(
        update(GridBoundaryRow).where(GridBoundaryRow.grid_id == grid_id).values(valid_to=changed)
    )
    await rolled_back.execute(
        insert(GridBoundaryRow).values(
            grid_boundary_id=new_id(), jurisdiction_id=home, grid_id=grid_id, boundary=EAST, valid_from=changed
        )
    )
    inside_east = (LON + 0.001, LAT)
    assert (await locate(rolled_back, home, *inside_east, 5.0, SINCE)).grid is None
    assert (await locate(rolled_back, home, *inside_east, 5.0, NOW)).grid is not None
    assert (await locate(rolled_back, home, LON - 0.001, LAT, 5.0, SINCE)).grid is not None
    assert (await locate(rolled_back, home, LON - 0.001, LAT, 5.0, NOW)).grid is None


async def test_nothing_of_another_jurisdiction_is_seen(rolled_back: WriteSession, home: UUID) -> None:
    other = await build.jurisdiction(rolled_back, "邻街道")
    await build.grid(rolled_back, other, None, "别家", WEST, since=SINCE)
    await build.building(rolled_back, other, "别家楼", LON - 0.001, LAT)
    await build.landmark(rolled_back, other, "别家门", LON - 0.001, LAT)
    there = await locate(rolled_back, home, LON - 0.001, LAT, 5.0, NOW)
    assert there.grids == ()
    assert there.building is None
    assert await near_names(rolled_back, home, LON - 0.001, LAT) == ()


async def test_units_that_answer_their_edges_and_the_building(rolled_back: WriteSession, home: UUID) -> None:
    sanitation = await build.unit(rolled_back, home, "环卫一队", UnitKind.work)
    property_firm = await build.unit(rolled_back, home, "雪圃花园物业", UnitKind.estate)
    await build.service_area(rolled_back, home, sanitation, WEST, ServiceKind.work, SINCE)
    estate = build.rectangle(113.0985, 22.9995, 113.0990, 23.0005)
    await build.service_area(rolled_back, home, property_firm, estate, ServiceKind.estate, SINCE)
    await build.building(rolled_back, home, "一栋", 113.0987, 23.0)

    in_estate = await locate(rolled_back, home, 113.09872, 23.0, 5.0, NOW)
    assert {hit.unit_id for hit in in_estate.answering} == {sanitation, property_firm}
    assert in_estate.building is not None
    assert in_estate.building.name == "一栋"
    assert in_estate.building.distance_m == 0.0

    on_lane = await locate(rolled_back, home, 113.0992, 23.0, 5.0, NOW)
    assert [hit.unit_id for hit in on_lane.answering] == [sanitation]
    outside = next(hit for hit in on_lane.service_areas if hit.unit_id == property_firm)
    assert not outside.inside
    assert outside.boundary_m == pytest.approx(20.5, abs=0.1)


async def test_the_last_resort_is_the_nearest_rung_up(rolled_back: WriteSession, home: UUID) -> None:
    street = await build.area(rolled_back, home, "试验街道", level=AreaLevel.street, code="440605001")
    community = await build.area(rolled_back, home, "雪圃社区", code="440605001001", parent_code="440605001")
    elsewhere = await build.area(rolled_back, home, "河口社区", code="440605001002", parent_code="440605001")
    await build.grid(rolled_back, home, community, "西", WEST, since=SINCE)
    everywhere = await build.unit(rolled_back, home, "区城管", UnitKind.department, is_last_resort=True)
    of_street = await build.unit(rolled_back, home, "街道办", UnitKind.street, area_id=street, is_last_resort=True)
    of_community = await build.unit(
        rolled_back, home, "居委会", UnitKind.community, area_id=community, is_last_resort=True
    )
    await build.unit(rolled_back, home, "河口居委会", UnitKind.community, area_id=elsewhere, is_last_resort=True)

    assert (await locate(rolled_back, home, LON - 0.001, LAT, 5.0, NOW)).last_resorts == (
        of_community,
        of_street,
        everywhere,
    )
    assert (await locate(rolled_back, home, LON + 0.01, LAT, 5.0, NOW)).last_resorts == (everywhere,)


async def test_a_place_in_words_from_what_stands_there(rolled_back: WriteSession, home: UUID) -> None:
    await build.landmark(rolled_back, home, "雪圃学校东门", LON, LAT)
    await build.street(rolled_back, home, "河边路", (LON - 0.001, LAT + 0.0005), (LON + 0.001, LAT + 0.0005))
    beside = await near_names(rolled_back, home, LON + 0.0001, LAT)
    assert describe_place(beside) == "雪圃学校东门旁"
    on_road = await near_names(rolled_back, home, LON, LAT + 0.00052)
    assert describe_place(on_road) == "河边路，雪圃学校东门北约60米"


async def test_stewards_come_with_the_lead_first(rolled_back: WriteSession, home: UUID) -> None:
    grid_id = await build.grid(rolled_back, home, None, "西", WEST, since=SINCE)
    he = await build.person(rolled_back, home, "郑网格", since=SINCE)
    she = await build.person(rolled_back, home, "麦网格长", since=SINCE)
    await hold(rolled_back, home, grid_id, he, is_lead=False)
    await hold(rolled_back, home, grid_id, she, is_lead=True)
    assert [(steward.person_id, steward.is_lead) for steward in await stewards_of(rolled_back, grid_id, NOW)] == [
        (she, True),
        (he, False),
    ]
    assert await stewards_of(rolled_back, grid_id, SINCE - timedelta(days=1)) == ()


async def hold(
    session: WriteSession,
    jurisdiction_id: UUID,
    grid_id: UUID,
    person_id: UUID,
    *,
    is_lead: bool,
    since: datetime = SINCE,
    until: datetime | None = None,
) -> None:
    await session.execute(
        insert(StewardshipRow).values(
            stewardship_id=new_id(),
            jurisdiction_id=jurisdiction_id,
            grid_id=grid_id,
            person_id=person_id,
            is_lead=is_lead,
            valid_from=since,
            valid_to=until,
        )
    )


async def test_postgresql_refuses_two_leads_of_a_grid_at_once_and_allows_one_after_the_other(
    rolled_back: WriteSession, home: UUID
) -> None:
    grid_id = await build.grid(rolled_back, home, None, "西", WEST, since=SINCE)
    first = await build.person(rolled_back, home, "甲", since=SINCE)
    second = await build.person(rolled_back, home, "乙", since=SINCE)
    handover = SINCE + timedelta(days=30)
    await hold(rolled_back, home, grid_id, first, is_lead=True, until=handover)
    await hold(rolled_back, home, grid_id, second, is_lead=True, since=handover)
    with pytest.raises(IntegrityError, match="ex_stewardship_one_lead"):
        await hold(rolled_back, home, grid_id, first, is_lead=True, since=handover + timedelta(days=1))


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ("POLYGON((0 0,1 1,1 0,0 1,0 0))", "ck_grid_boundary_boundary_sound"),
        ("POLYGON EMPTY", "ck_grid_boundary_boundary_sound"),
    ],
)
async def test_postgresql_refuses_an_unsound_boundary(
    rolled_back: WriteSession, home: UUID, broken: str, constraint: str
) -> None:
    grid_id = await build.grid(rolled_back, home, None, "西", WEST, since=SINCE, code="1")
    with pytest.raises(IntegrityError, match=constraint):
        await rolled_back.execute(
            text(
                "UPDATE grid_boundary SET boundary = ST_Multi(ST_GeomFromText(:broken, 4326)) WHERE grid_id = :grid_id"
            ),
            {"broken": broken, "grid_id": grid_id},
        )


async def test_postgresql_refuses_a_grid_code_twice_while_both_stand(rolled_back: WriteSession, home: UUID) -> None:
    first = await build.grid(rolled_back, home, None, "旧", WEST, since=SINCE, code="1")
    await rolled_back.execute(update(GridRow).where(GridRow.grid_id == first).values(valid_to=NOW))
    await build.grid(rolled_back, home, None, "新", EAST, since=NOW, code="1")
    standing = (await rolled_back.execute(select(GridRow.name).where(GridRow.valid_to.is_(None)))).scalars().all()
    assert standing == ["新"]
    with pytest.raises(IntegrityError, match="uq_grid_code"):
        await build.grid(rolled_back, home, None, "再", EAST, since=NOW, code="1")
