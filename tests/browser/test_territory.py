"""The administrator merges two grids on the map: sees what moves, publishes, and finds the new grid and the old figures."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator, expect

from browser.stage.people import Position, Visitor, visiting
from browser.stage.server import Installation, Server

PADDING = 24
"""That the map leaves around all grids when it opens."""


def mercator(place: Position) -> tuple[float, float]:
    lon, lat = (math.radians(one) for one in place)
    return lon, -math.asinh(math.tan(lat))


class Ground:
    """The grids of the demo, and where they lie on the map as it opens."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        west, south, east, north = self._numbers(
            "SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Extent(boundary) AS b "
            "FROM grid_boundary WHERE valid_to IS NULL) all_of_them"
        )
        self.corners = mercator((west, north)), mercator((east, south))

    def _numbers(self, statement: str) -> list[float]:
        return [float(one) for one in self.installation.ask(statement).split("|")]

    def neighbours(self) -> list[str]:
        """Two adjoining grids of one community, each with a lead of its own, and an open ticket in the first."""
        found = self.installation.ask(
            "SELECT a.name, b.name FROM grid a JOIN grid b ON a.community_id = b.community_id AND a.code < b.code "
            "JOIN grid_boundary x ON x.grid_id = a.grid_id AND x.valid_to IS NULL "
            "JOIN grid_boundary y ON y.grid_id = b.grid_id AND y.valid_to IS NULL "
            "JOIN stewardship l ON l.grid_id = a.grid_id AND l.is_lead AND l.valid_to IS NULL "
            "JOIN stewardship m ON m.grid_id = b.grid_id AND m.is_lead AND m.valid_to IS NULL "
            "WHERE l.person_id <> m.person_id AND ST_Relate(x.boundary, y.boundary, 'F***1****') "
            "AND EXISTS (SELECT FROM ticket t WHERE t.is_open AND t.grid_id = a.grid_id) ORDER BY a.code LIMIT 1"
        )
        return found.split("|")

    def inside(self, name: str) -> Position:
        lon, lat = self._numbers(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(boundary) AS p FROM grid JOIN grid_boundary b "
            f"USING (grid_id) WHERE b.valid_to IS NULL AND name = '{name}') one"
        )
        return lon, lat

    async def click(self, canvas: Locator, place: Position) -> None:
        box = await canvas.bounding_box()
        assert box is not None
        (left, top), (right, bottom) = self.corners
        scale = min((box["width"] - 2 * PADDING) / (right - left), (box["height"] - 2 * PADDING) / (bottom - top))
        x, y = mercator(place)
        await canvas.click(
            position={
                "x": box["width"] / 2 + (x - (left + right) / 2) * scale,
                "y": box["height"] / 2 + (y - (top + bottom) / 2) * scale,
            }
        )


async def opened(desk: Visitor, installation: Installation) -> Locator:
    await desk.sign_in(installation.account("system_admin"))
    await desk.press("网格调整")
    canvas = desk.page.locator(".map[data-drawn=true] canvas")
    await expect(canvas).to_be_visible()
    return canvas


@pytest.fixture
def ground(installation: Installation) -> Ground:
    return Ground(installation)


async def test_two_grids_are_merged_from_a_day_to_come(
    chromium: Browser, server: Server, installation: Installation, ground: Ground
) -> None:
    first, second = ground.neighbours()
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    async with visiting(chromium, server.origin, desk=True) as desk:
        canvas = await opened(desk, installation)
        form = desk.page.get_by_role("region", name="网格调整", exact=True)
        for name in (first, second):
            await ground.click(canvas, ground.inside(name))
            await expect(form.get_by_role("list", name="选了")).to_contain_text(name)
        await form.get_by_label("从哪天起").fill(day.isoformat())
        await form.get_by_label("名称").fill("合起来的网格")
        await form.get_by_role("button", name="看会动什么").click()

        moves = desk.page.get_by_role("region", name="会动什么", exact=True)
        await expect(moves.get_by_role("alert")).to_contain_text("请选由谁继续当")
        await expect(moves.get_by_role("button", name="发布", exact=True)).to_have_count(0)
        await form.get_by_label("由谁当网格长").select_option(label=second)
        await form.get_by_role("button", name="看会动什么").click()
        await expect(moves).to_contain_text("合起来的网格")
        await expect(moves).to_contain_text("不再是网格长")
        await expect(moves).to_contain_text("留在原网格和原单位")
        await expect(moves).to_contain_text("以后由 合起来的网格 的网格员照看")
        await expect(moves.get_by_text("先改好")).to_have_count(0)
        assert installation.ask("SELECT count(*) FROM territory_change") == "0"
        await moves.get_by_role("button", name="发布", exact=True).click()
        await expect(form).to_contain_text(f"已发布，{day.isoformat()} 起生效")
        await expect(form.get_by_role("listitem").filter(has_text="合并")).to_contain_text(day.isoformat())
    facts = installation.ask(
        "SELECT detail FROM entry WHERE verb = 'territory.changed' ORDER BY recorded_at DESC LIMIT 1"
    )
    assert json.loads(facts)["ended"] == 2
    standing = installation.ask(f"SELECT count(*) FROM grid WHERE name = '{first}' AND valid_to > now()")
    assert standing == "1", "until that day the old grids stand"


async def test_tickets_by_grid_as_it_was_and_as_it_is(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.press("网格调整")
        figures = desk.page.get_by_role("region", name="会动什么", exact=True)
        await figures.locator("input[type=date]").first.fill("2026-01-01")
        rows = figures.get_by_role("table").last.get_by_role("row")
        await expect(rows.nth(1)).to_be_visible()
        then = await rows.count()
        await figures.get_by_role("combobox", name="按网格计数").select_option(label="按现在的边界")
        await expect(rows.nth(1)).to_be_visible()
        assert then > 1
        await expect(desk.page.get_by_role("button", name="看会动什么")).to_have_count(0)
