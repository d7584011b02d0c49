"""A base map of others lies under ours only where the operator chose one, and only its hosts may be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member
from gridward.domain.geometry import Datum
from gridward.domain.territory_base_map import BaseMap
from serving import Served, serve

LANES = "https://t0.tianditu.gov.cn/DataServer?T=vec_w&x={x}&y={y}&l={z}&tk=key"
NAMES = "https://t0.tianditu.gov.cn/DataServer?T=cva_w&x={x}&y={y}&l={z}&tk=key"
SHIFTED = "https://tiles.example.org:8443/{z}/{x}/{y}.png"


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


def with_base_map(served: Served, *tiles: str, datum: Datum = Datum.cgcs2000) -> Served:
    chosen = BaseMap(tiles, datum, "天地图", "GS(2025)0000号", 18)
    return Served(parts=replace(served.parts, base_map=chosen), clock=served.clock, sms=served.sms)


async def test_without_one_nothing_foreign_may_be_asked(served: Served, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        answer = await phone.get("base-map")
    assert answer.json() == {"base_map": None}
    assert "img-src 'self' blob: data:;" in answer.headers["Content-Security-Policy"]
    assert "https" not in answer.headers["Content-Security-Policy"]


async def test_a_chosen_one_is_told_with_its_owner_and_its_hosts_are_let_in_once(
    served: Served, volunteer: Member
) -> None:
    async with with_base_map(served, LANES, NAMES, SHIFTED, datum=Datum.gcj02).browser(volunteer) as phone:
        answer = await phone.get("base-map")
    assert answer.json()["base_map"] == {
        "tiles": [LANES, NAMES, SHIFTED],
        "datum": "GCJ-02",
        "attribution": "天地图",
        "approval": "GS(2025)0000号",
        "most_zoom": 18,
    }
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' blob: data: https://t0.tianditu.gov.cn https://tiles.example.org:8443;" in policy
    assert policy.count("https://") == 2


async def test_its_key_is_for_people_of_this_installation(served: Served) -> None:
    async with with_base_map(served, LANES).browser() as stranger:
        assert (await stranger.get("base-map")).status_code == 401


@pytest.mark.parametrize(
    ("tiles", "datum", "owner", "says"),
    [
        ("http://tiles.example.org/{z}/{x}/{y}.png", Datum.wgs84, "OSM", "https"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", Datum.wgs84, "OSM", "written out"),
        ("https://a.example.org;script-src/{z}/{x}/{y}.png", Datum.wgs84, "OSM", "written out"),
        ("https://tiles.example.org/{z}/{x}.png", Datum.wgs84, "OSM", "{x}, {y} and {z}"),
        ("https://tiles.example.org/{z}/{x}/{y}{r}.png", Datum.wgs84, "OSM", "nothing else"),
        (SHIFTED, Datum.bd09, "百度", "GCJ-02"),
        (SHIFTED, Datum.gcj02, " ", "ATTRIBUTION"),
    ],
)
def test_half_a_base_map_is_refused(tiles: str, datum: Datum, owner: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        BaseMap((tiles,), datum, owner, "", 18)
