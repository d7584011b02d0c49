"""Every screen on one sheet: a server with a few demo days, each page for the people whose it is, in each size.

    make screens              everything, into screens/ (index.html and the sheets as PNG)
    make screens ONLY=desk    only the scenes whose name holds this

Look at the sheet before you call a screen done. What is missing or broken is named at the end.
"""

from __future__ import annotations

import asyncio
import html
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Browser, async_playwright, expect

from browser.stage.people import DESK, PHONE, TABLET, launch
from browser.stage.places import Places
from browser.stage.scene import Scene, Stage, playing
from browser.stage.scenes import every_scene
from browser.stage.server import PAGES, Installation, Server
from gridward.demo.pictures import draw_scene
from gridward.gateways.cluster import Cluster

ROOT = Path(__file__).parents[1]
OUT = ROOT / "screens"
OVERVIEW = ROOT / "docs" / "screens" / "overview.png"
DAYS = 4
AT_ONCE = 2
SIZES = {"360": PHONE, "1024": TABLET, "1440": DESK}
MOST_OVERVIEW_BYTES = 400_000
FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "wqy-zenhei.ttc", "DejaVuSans.ttf")


@dataclass(frozen=True, slots=True)
class Look:
    """How a scene is looked at. ``name`` becomes a folder, and a part of the sheet."""

    name: str
    width: str
    language: str = "zh"
    scheme: str = "light"
    text: int = 100


def looks_of(scene: Scene) -> Iterator[Look]:
    for width in ("360", "1440"):
        yield Look(f"zh {width}", width)
        if scene.main:
            yield Look(f"dark {width}", width, scheme="dark")
            yield Look(f"en {width}", width, language="en")
    if scene.home == "1440":
        yield Look("zh 1024", "1024")
    if scene.large:
        yield Look(f"200 % {scene.home}", scene.home, text=200)


@contextmanager
def demo() -> Iterator[Stage]:
    """A database, data and server of this run alone, gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Cluster(folder / "postgres", durable=False) as cluster:
            config = Config(ROOT / "alembic.ini")
            config.attributes["url"] = cluster.ensure_database("gridward")
            command.upgrade(config, "head")
            installation = Installation(cluster, "gridward", folder / "data")
            print(f"making {DAYS} demo days …", flush=True)
            installation.make_demo(DAYS, field_work=True)
            server = Server(installation)
            server.start()
            try:
                yield Stage(server, installation, Places(installation))
            finally:
                server.stop()


async def take(browser: Browser, stage: Stage, scene: Scene, look: Look, ways_in: dict[str, object]) -> Path:
    path = OUT / look.name.replace(" ", "-").replace("%", "percent") / f"{scene.name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    larger = f"document.documentElement.style.fontSize = '{look.text}%'"
    async with playing(
        browser,
        stage,
        scene,
        ways_in,
        desk=look.width != "360",
        viewport=SIZES[look.width],
        language=look.language,
        first="" if look.text == 100 else f"addEventListener('DOMContentLoaded', () => {{ {larger} }})",
        color_scheme=look.scheme,
    ) as visitor:
        await visitor.page.screenshot(path=path, animations="disabled")
    return path


async def take_all(stage: Stage, only: str, seen: Path) -> tuple[dict[Look, list[Path]], list[str]]:
    """All pictures, two at a time."""
    taken: dict[Look, dict[int, Path]] = {}
    failed: list[str] = []
    ways_in: dict[str, object] = {}
    wanted = [
        (number, scene, look)
        for number, scene in enumerate(every_scene())
        if only in scene.name
        for look in looks_of(scene)
    ]
    waiting = iter(wanted)
    expect.set_options(timeout=15_000)

    async def photographer(browser: Browser) -> None:
        for number, scene, look in waiting:
            try:
                taken.setdefault(look, {})[number] = await take(browser, stage, scene, look, ways_in)
                print(".", end="", flush=True)
            except Exception as error:
                failed.append(f"{look.name}: {scene.name}: {str(error).splitlines()[0]}")
                print("x", end="", flush=True)

    async with async_playwright() as playwright:
        browser = await launch(playwright, seen=seen)
        await asyncio.gather(*(photographer(browser) for _ in range(AT_ONCE)))
        print()
        await browser.close()
    return {look: [paths[number] for number in sorted(paths)] for look, paths in taken.items()}, failed


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def sheet(title: str, paths: list[Path], columns: int, width: int) -> Image.Image:
    """Pictures in rows with their names, scaled to ``width``."""
    pictures = [Image.open(path).convert("RGB") for path in paths]
    scaled = [one.resize((width, round(one.height * width / one.width)), Image.Resampling.LANCZOS) for one in pictures]
    gap, caption = 16, 22
    rows = [scaled[at : at + columns] for at in range(0, len(scaled), columns)]
    heights = [max(one.height for one in row) + caption + gap for row in rows]
    page = Image.new("RGB", (columns * (width + gap) + gap, sum(heights) + 48), "#8c8c8c")
    pen = ImageDraw.Draw(page)
    pen.text((gap, 10), title, fill="white", font=font(22))
    top = 48
    for at, (row, height) in enumerate(zip(rows, heights, strict=True)):
        for column, one in enumerate(row):
            left = gap + column * (width + gap)
            pen.text((left, top), paths[at * columns + column].stem, fill="white", font=font(14))
            page.paste(one, (left, top + caption))
        top += height
    return page


def write_sheets(taken: dict[Look, list[Path]]) -> None:
    parts = []
    for look, paths in sorted(taken.items(), key=lambda pair: (pair[0].width, pair[0].name)):
        narrow = look.width == "360"
        made = sheet(look.name, paths, columns=8 if narrow else 4, width=240 if narrow else 560)
        made.save(OUT / f"sheet-{look.name.replace(' ', '-').replace('%', 'percent')}.png", optimize=True)
        shown = "".join(
            f'<figure><a href="{path.relative_to(OUT)}"><img loading="lazy" src="{path.relative_to(OUT)}" '
            f'width="{260 if narrow else 640}" alt=""></a><figcaption>{html.escape(path.stem)}</figcaption></figure>'
            for path in paths
        )
        parts.append(f"<h2>{html.escape(look.name)}</h2><div>{shown}</div>")
    style = (
        "body{font:14px sans-serif;background:#8c8c8c;color:#fff;margin:16px}"
        "div{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}img{display:block;border:1px solid #444}"
    )
    (OUT / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>Screens</title><style>{style}</style>{"".join(parts)}'
    )


def write_overview() -> None:
    """The report screen beside the desk, for the README."""
    phone, desk = OUT / "zh-360" / "report-confirm.png", OUT / "zh-1440" / "desk-ticket.png"
    if not phone.exists() or not desk.exists():
        return
    left, right = Image.open(phone).convert("RGB"), Image.open(desk).convert("RGB")
    right = right.resize((round(right.width * left.height / right.height), left.height), Image.Resampling.LANCZOS)
    gap = 24
    page = Image.new("RGB", (left.width + right.width + 3 * gap, left.height + 2 * gap), "#e6e1d6")
    page.paste(left, (gap, gap))
    page.paste(right, (left.width + 2 * gap, gap))
    OVERVIEW.parent.mkdir(parents=True, exist_ok=True)
    for colours in (256, 128, 64):
        page.quantize(colours, dither=Image.Dither.NONE).save(OVERVIEW, optimize=True)
        if OVERVIEW.stat().st_size <= MOST_OVERVIEW_BYTES:
            return


def main() -> None:
    if not PAGES.exists():
        sys.exit("frontend/dist is not built: `make screens` builds it")
    began = time.monotonic()
    only = "".join(sys.argv[1:])
    if not only:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(exist_ok=True)
    with demo() as stage:
        seen = stage.installation.folder / "camera.mjpeg"
        seen.write_bytes(draw_scene("litter_full", variant=1, after=False))
        taken, failed = asyncio.run(take_all(stage, only, seen))
    write_sheets(taken)
    if not only:
        write_overview()
    count = sum(map(len, taken.values()))
    print(f"{count} pictures in {time.monotonic() - began:.0f} s: {OUT / 'index.html'}")
    if failed:
        sys.exit("not taken:\n  " + "\n  ".join(failed))


if __name__ == "__main__":
    main()
