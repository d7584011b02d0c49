"""The map of my grid: there without a network, the same as its list, and a base map of others only where one was chosen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from math import asinh, pi, radians, tan

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser, Locator, Route, expect

from browser.stage.people import Position, Visitor, visiting
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from gridward.domain.geometry import wgs84_to_gcj02

MAP = re.compile("网格地图，")
MARKS = ".sketch .mark"
OWN_LINE = (13, 92, 99)
HOUSE = (221, 213, 196)
LANE = (255, 255, 255)
RED = (214, 20, 20)
TILES = "https://tiles.example.org"
TILE_PX = 256
RING_PX = 30
"""Farther from the person's own mark than this nothing of it is painted."""
DISC_PX = 40
"""Of the base map's sign around the place where the person stands, in pixels of a tile."""


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    server = Server(installation, worker=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def based(installation: Installation) -> Iterator[Server]:
    """A server whose operator chose a base map in GCJ-02."""
    chosen = {
        "GRIDWARD_BASE_MAP": TILES + "/{z}/{x}/{y}.png",
        "GRIDWARD_BASE_MAP_DATUM": "GCJ-02",
        "GRIDWARD_BASE_MAP_ATTRIBUTION": "示例地图",
        "GRIDWARD_BASE_MAP_APPROVAL": "GS(2025)0000号",
    }
    server = Server(installation, worker=False, chosen=chosen)
    server.start()
    yield server
    server.stop()


async def picture_of(place: Locator) -> Image.Image:
    return Image.open(io.BytesIO(await place.screenshot())).convert("RGB")


async def paints(visitor: Visitor, *wanted: tuple[int, int, int]) -> None:
    """Waits until the map shows all of these colours."""

    async def lacking() -> int:
        shown = {colour for _, colour in (await picture_of(visitor.page.locator(".sketch"))).getcolors(1 << 24) or []}
        return len(set(wanted) - shown)

    for _ in range(40):
        if await lacking() == 0:
            return
        await visitor.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await lacking() == 0, "the map does not show what it should"


async def in_the_middle(marks: Locator, y: float) -> str:
    """The name of the mark nearest to a height: it stays in sight when the map is moved a little."""
    boxes = await marks.evaluate_all(
        "marks => marks.map(one => [one.getAttribute('aria-label'), one.getBoundingClientRect().y])"
    )
    return str(min(boxes, key=lambda box: abs(box[1] - y))[0])


async def bare_ground(sketch: Locator) -> tuple[float, float]:
    """A point of the map, low and left of its middle if it can be, where a finger touches no mark and no button."""
    found = await sketch.evaluate(
        """sketch => {
            const { left, top, width, height } = sketch.getBoundingClientRect()
            for (let y = top + height - 60; y > top + 60; y -= 20)
                for (let x = left + 60; x < left + width - 60; x += 20)
                    if (document.elementFromPoint(x, y)?.tagName === 'CANVAS') return [x, y]
        }"""
    )
    return found[0], found[1]


async def middle_of(mark: Locator) -> tuple[float, float]:
    box = await mark.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def count_on_marks(visitor: Visitor) -> int:
    """How many tickets the marks speak of: one each, or the number of a group."""
    words = await visitor.page.locator(MARKS).all_inner_texts()
    groups = [re.fullmatch(r"(\d+) 件", word.strip()) for word in words]
    return sum(int(group[1]) if group else 1 for group in groups)


async def test_the_map_opens_in_a_basement_and_leads_to_the_tickets(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, fragile.origin, at=places.anywhere(), service_workers="allow") as steward:
        await steward.sign_in(installation.account("steward"))
        await steward.page.evaluate("navigator.serviceWorker.ready")
        await steward.press("核查")
        await steward.press("地图")
        await expect(steward.page.get_by_role("img", name=MAP)).to_be_visible()
        await expect(steward.page.locator(MARKS).first).to_be_visible()
        await paints(steward, OWN_LINE, HOUSE, LANE)

        fragile.stop()
        await steward.open("/map")
        await expect(steward.page.get_by_role("img", name=MAP)).to_be_visible()
        await paints(steward, OWN_LINE, HOUSE, LANE)
        await steward.reads(re.compile("^您在 "))
        await steward.reads(re.compile(r"误差约 8 米，(刚才|\d+ 分前)"))
        await steward.page.locator(MARKS).first.click()
        await steward.page.locator(".picked a").first.click()
        await expect(steward.page).to_have_url(re.compile("/ticket/"))


async def test_the_list_says_all_that_the_map_shows(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere()) as steward:
        await steward.sign_in(installation.account("steward"))
        await steward.open("/map")
        # All of it is in sight at once, also what lies outside the person's own grids.
        await expect(steward.page.locator(MARKS).first).to_be_visible()
        shown = await count_on_marks(steward)
        await steward.press("看列表")
        lines = steward.page.get_by_role("listitem")
        await expect(lines).to_have_count(shown)
        far = [float(text) for text in re.findall(r"离我 (\d+) 米", " ".join(await lines.all_inner_texts()))]
        assert far == sorted(far)
        assert far
        await steward.press("看地图")
        await expect(steward.page.get_by_role("img", name=MAP)).to_be_visible()


async def test_one_thumb_is_enough(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere()) as steward:
        page = steward.page
        await steward.sign_in(installation.account("steward"))
        await steward.open("/map")
        await expect(page.locator(MARKS).first).to_be_visible()
        few = await page.locator(MARKS).count()
        frame = await page.locator(".sketch").bounding_box()
        assert frame is not None
        name = await in_the_middle(page.locator(MARKS), frame["y"] + frame["height"] / 2)
        mark = page.get_by_role("button", name=name, exact=True)
        # A drag takes everything along wherever it begins, and is no tap.
        for x, y in (await middle_of(mark), await bare_ground(page.locator(".sketch"))):
            left, top = await middle_of(mark)
            await page.mouse.move(x, y)
            await page.mouse.down()
            await page.mouse.move(x + 30, y - 40, steps=4)
            await page.mouse.up()
            assert await middle_of(mark) == (pytest.approx(left + 30, abs=1), pytest.approx(top - 40, abs=1))
            await expect(page.locator(".picked")).to_have_count(0)
        for _ in range(4):
            await steward.press("放大")
        await expect(page.locator(MARKS)).not_to_have_count(few)
        for button in ("放大", "缩小", "我在哪", "看列表"):
            box = await page.get_by_role("button", name=button).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 48
            assert box["y"] > 740 / 2, f"{button} is out of the thumb's reach"


async def test_a_units_people_have_the_map_of_where_their_tickets_are(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await lead.open("/map")
        await expect(lead.page.locator(MARKS).first).to_be_visible()
        await paints(lead, HOUSE, LANE)


async def test_without_a_chosen_base_map_nothing_foreign_is_asked(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere()) as volunteer:
        asked: list[str] = []
        volunteer.page.on("request", lambda request: asked.append(request.url))
        await volunteer.sign_in(installation.account("volunteer"))
        await volunteer.open("/map")
        await paints(volunteer, HOUSE, LANE)
        await expect(volunteer.page.get_by_role("button", name="底图")).to_have_count(0)
        assert [url for url in asked if not url.startswith((server.origin, "blob:", "data:"))] == []


def tile_with_sign(z: int, x: int, y: int, sign: Position) -> bytes:
    """A grey tile, with a red disc where ``sign`` (degrees of the tile's own datum) lies on it or near it."""
    scale = 2.0**z
    px = ((sign[0] + 180) / 360 * scale - x) * TILE_PX
    py = ((1 - asinh(tan(radians(sign[1]))) / pi) / 2 * scale - y) * TILE_PX
    tile = Image.new("RGB", (TILE_PX, TILE_PX), (200, 200, 200))
    ImageDraw.Draw(tile).ellipse((px - DISC_PX, py - DISC_PX, px + DISC_PX, py + DISC_PX), fill=RED)
    kept = io.BytesIO()
    tile.save(kept, "PNG")
    return kept.getvalue()


async def test_a_shifted_base_map_lies_where_the_houses_are(
    chromium: Browser, based: Server, installation: Installation, places: Places
) -> None:
    here = places.anywhere()
    sign = wgs84_to_gcj02(*here)
    asked: list[str] = []

    async def give(route: Route) -> None:
        asked.append(route.request.url)
        z, x, y = (int(part) for part in re.findall(r"\d+", route.request.url.removeprefix(TILES)))
        await route.fulfill(body=tile_with_sign(z, x, y, sign), content_type="image/png")

    async with visiting(chromium, based.origin, at=here) as volunteer:
        page = volunteer.page
        await page.route(TILES + "/**", give)
        await volunteer.sign_in(installation.account("volunteer"))
        await volunteer.open("/map")
        await volunteer.press("我在哪")
        await paints(volunteer, HOUSE, LANE)
        assert asked == []
        await volunteer.press("底图")
        await volunteer.reads("底图：示例地图")
        await volunteer.reads("审图号：GS(2025)0000号")
        await paints(volunteer, RED)
        assert 0 < len(asked) < 60
        # The person stands in the middle of the map, and so must the sign: its red ends equally far away on all sides.
        picture = await picture_of(page.locator(".sketch"))
        x, y = picture.width // 2, picture.height // 2
        sides = [
            [step for step in range(RING_PX, 150) if picture.getpixel((x + dx * step, y + dy * step)) == RED]
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        ends = [max(side) for side in sides if side]
        assert len(ends) >= 3, "the sign is not where the person is"
        assert max(ends) - min(ends) <= 4, ends
        await volunteer.press("底图")
        await paints(volunteer, HOUSE, LANE)


async def test_a_base_map_that_does_not_come_leaves_our_own(
    chromium: Browser, based: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, based.origin, at=places.anywhere()) as volunteer:
        await volunteer.page.route(TILES + "/**", lambda route: route.abort())
        await volunteer.sign_in(installation.account("volunteer"))
        await volunteer.open("/map")
        await volunteer.press("底图")
        await volunteer.reads("底图取不到，下面是手机里自己的图。")
        await paints(volunteer, HOUSE, LANE)
