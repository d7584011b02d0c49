"""More patrols than a list shows: the list says so, and the register's files hold every one."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import NOON, Member, Town
from conftest import Write
from filing import open_town
from serving import Served, serve
from web.test_patrols import plan

MANY = 501
WALKED = text(
    """
    INSERT INTO patrol (patrol_id, jurisdiction_id, community_id, person_id, grid_ids, started_at, ended_at, received_at,
                        heard_at, digest, clock, version)
    SELECT gen_random_uuid(), :jurisdiction_id, :community_id, :person_id, '{}', at, at + interval '1 minute', at, at,
           'walk', '{}', 1
    FROM generate_series(1, :many) n, LATERAL (SELECT CAST(:noon AS timestamptz) + n * interval '1 minute' AS at) t
    """
)
MISSED = text(
    """
    INSERT INTO patrol_miss (miss_id, jurisdiction_id, community_id, plan_id, turn_starts_at, team, kind, at, found_at)
    SELECT gen_random_uuid(), :jurisdiction_id, :community_id, :plan_id, at, 0, 'patrol', at, at
    FROM generate_series(1, :many) n, LATERAL (SELECT CAST(:noon AS timestamptz) + n * interval '1 minute' AS at) t
    """
)
DAYS = {"from": "2026-09-01", "to": "2026-09-02"}


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def test_a_list_that_is_cut_says_so_and_the_registers_files_go_on(
    served: Served, town: Town, steward: Member, shift_leader: Member, write: Write
) -> None:
    desk, plan_id = served.browser(shift_leader), uuid4()
    async with write() as session:
        await open_town(session, town)
    assert (await desk.put(f"patrol-plans/{plan_id}", json=plan(town, steward))).status_code == 200
    async with write() as session:
        here = {"jurisdiction_id": town.jurisdiction_id, "community_id": town.community_id, "noon": NOON}
        await session.execute(WALKED, here | {"person_id": steward.person_id, "many": MANY})
        await session.execute(MISSED, here | {"plan_id": plan_id, "many": MANY})

    walks, misses = (
        (await desk.get("patrols", params=DAYS)).json(),
        (await desk.get("patrols/missed", params=DAYS)).json(),
    )
    assert (len(walks["patrols"]), walks["cut"]) == (500, True)
    assert (len(misses["misses"]), misses["cut"]) == (500, True)
    one_day = {"from": "2026-09-02", "to": "2026-09-02"}
    assert (await desk.get("patrols", params=one_day)).json() == {"patrols": [], "cut": False}

    month = {"month": "2026-09", "area_id": str(town.community_id)}
    shown = (await desk.get("registers/patrols", params=month)).json()
    assert (shown["total"], len(shown["rows"])) == (MANY, 300)
    begun = []
    for skip, cut in ((0, True), (300, False)):
        asked = month | {"format": "csv", "limit": 300, "skip": skip}
        file = (await desk.get("registers/patrols/file", params=asked)).content.decode("utf-8-sig")
        assert ("未完" in file) is cut
        begun += [row["开始时间"] for row in csv.DictReader(io.StringIO(file)) if row["巡查人"]]
    assert len(begun) == len(set(begun)) == MANY
    assert begun == sorted(begun)
