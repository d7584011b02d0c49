"""A file of boundaries with a first day, at the command line: what it would move, then all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from shapely.geometry import box, mapping
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, NOON, SIDE, SOUTH, WEST, Town
from gridward.cli.territory_showing import ChangeExit, end, redraw
from gridward.domain.errors import Malformed
from gridward.domain.territory import Layer
from gridward.domain.territory_change import Consent
from gridward.domain.territory_preview import Preview
from gridward.persistence.changes import ChangeRow
from gridward.persistence.territory.layers import layer_geojson
from gridward.persistence.territory.queries import locate
from gridward.services.territory import change
from gridward.services.territory.read import open_reading

MARKET_CODE, ESTATE_CODE = "440605001001001", "440605001001002"
HOME, NEIGHBOUR = "440605001001", "440605001002"
NEXT_MONTH = date(2026, 10, 1)


class Terminal:
    """An administrator's command line in one town."""

    def __init__(self, engine: AsyncEngine, town: Town, folder: Path) -> None:
        self.engine, self.town, self.path = engine, town, folder / "new.geojson"

    async def brings(
        self, layer: Layer, day: date, *accept: Consent, apply: bool = True, **strips: tuple[float, float]
    ) -> Preview:
        features = [
            {
                "type": "Feature",
                "properties": {"code": code.removeprefix("_")},
                "geometry": mapping(box(WEST + first * SIDE, SOUTH, WEST + last * SIDE, SOUTH + SIDE)),
            }
            for code, (first, last) in strips.items()
        ]
        self.path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        opened = open_reading(self.path, layer, layer_in_file=None, crs="WGS-84", named={}, kind=None)
        return await redraw(
            self.engine, self.town.jurisdiction_id, opened, day, accept, apply=apply, clock=lambda: NOON
        )


@pytest.fixture
def terminal(engine: AsyncEngine, town: Town, tmp_path: Path) -> Terminal:
    return Terminal(engine, town, tmp_path)


def leaves(shown: Preview, *accept: Consent) -> int:
    with pytest.raises(typer.Exit) as left:
        end(shown, accept, applied=True, as_json=False)
    return int(left.value.exit_code)


async def grid_at_estate(read: Any, town: Town, day: timedelta) -> str | None:
    async with read() as session:
        found = (await locate(session, town.jurisdiction_id, *ESTATE, 5.0, NOON + day)).grid
    return found.code if found else None


async def test_a_file_holds_from_its_first_day(
    terminal: Terminal, town: Town, read: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wall = {f"_{MARKET_CODE}": (0, 1.9), f"_{ESTATE_CODE}": (1.9, 2)}
    shown = await terminal.brings(Layer.grid, NEXT_MONTH, apply=False, **wall)
    assert [(one.from_code, one.to_code) for one in shown.buildings] == [(ESTATE_CODE, MARKET_CODE)]
    assert await grid_at_estate(read, town, timedelta(days=60)) == ESTATE_CODE
    done = await terminal.brings(Layer.grid, NEXT_MONTH, **wall)
    assert leaves(done) == ChangeExit.good
    said = capsys.readouterr().out
    assert "1 buildings from 440605001001002 to 440605001001001" in said
    assert said.rstrip().endswith("Published.")
    assert await grid_at_estate(read, town, timedelta(days=1)) == ESTATE_CODE
    assert await grid_at_estate(read, town, timedelta(days=60)) == MARKET_CODE


async def test_one_bad_row_and_nothing_is_changed(terminal: Terminal, town: Town, read: Any) -> None:
    overlapping = {f"_{MARKET_CODE}": (0, 1.5), f"_{ESTATE_CODE}": (1.4, 2)}
    shown = await terminal.brings(Layer.grid, NEXT_MONTH, **overlapping)
    assert leaves(shown) == ChangeExit.faults
    far = await terminal.brings(Layer.grid, NEXT_MONTH, **{f"_{MARKET_CODE}": (0, 1), "_far": (2000, 2001)})
    assert [(one.code, one.place) for one in far.faults] == [("boundary_far_away", "far")]
    shrunk = await terminal.brings(Layer.grid, NEXT_MONTH, **{f"_{ESTATE_CODE}": (1, 1.5)})
    assert leaves(shrunk) == ChangeExit.consent
    assert await grid_at_estate(read, town, timedelta(days=60)) == ESTATE_CODE
    agreed = await terminal.brings(Layer.grid, NEXT_MONTH, Consent.outside, **{f"_{ESTATE_CODE}": (1, 1.5)})
    assert leaves(agreed, Consent.outside) == ChangeExit.good
    assert await grid_at_estate(read, town, timedelta(days=60)) is None


async def outlines(read: Any, town: Town, day: timedelta) -> dict[str, Sequence[Any]]:
    async with read() as session:
        found = await layer_geojson(session, town.jurisdiction_id, Layer.area, None, NOON + day)
    return {one["properties"]["code"]: one["geometry"] for one in json.loads(found)["features"]}


async def test_a_community_gives_ground_to_its_neighbour_from_a_day_on(
    terminal: Terminal, town: Town, read: Any, write: Any
) -> None:
    before = await outlines(read, town, timedelta(0))
    strips = {f"_{HOME}": (0, 1), f"_{NEIGHBOUR}": (1, 3)}
    shown = await terminal.brings(Layer.area, NEXT_MONTH, **strips)
    assert leaves(shown) == ChangeExit.good
    lines = {line.code: line for line in shown.lines}
    assert lines[HOME].lost_m2 == pytest.approx(lines[HOME].before_m2 / 2, rel=1e-3)
    assert lines[NEIGHBOUR].gained_m2 == pytest.approx(lines[HOME].lost_m2, rel=1e-6)
    assert shown.grids_outside == (ESTATE_CODE,)
    async with read() as session:
        told = select(ChangeRow.scope).where(
            ChangeRow.jurisdiction_id == town.jurisdiction_id, ChangeRow.entity == "territory"
        )
        scopes = set((await session.execute(told)).scalars())
    assert {f"community:{town.community_id}", f"community:{town.neighbour_id}"} <= scopes
    assert await outlines(read, town, timedelta(days=1)) == before
    after = await outlines(read, town, timedelta(days=60))
    assert after[HOME] != before[HOME]
    async with write() as session:
        assert await change.take_effect(session, NOON + timedelta(days=60))
    assert await outlines(read, town, timedelta(0)) == before, "the past is remembered"


async def test_only_areas_and_grids_have_a_first_day(terminal: Terminal) -> None:
    with pytest.raises(Malformed, match="field_unknown"):
        await terminal.brings(Layer.building, NEXT_MONTH, _b=(0, 0.1))
