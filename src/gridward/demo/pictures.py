"""Pictures for the demo, drawn, so that no real street, face or number plate is ever shown."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 900
HORIZON = 360

Draw = ImageDraw.ImageDraw
Colour = tuple[int, int, int]

STONE: Colour = (158, 152, 142)
DARK: Colour = (52, 54, 58)
GREEN_BIN: Colour = (46, 106, 79)
BAG_COLOURS: tuple[Colour, ...] = ((38, 40, 44), (222, 222, 214), (196, 66, 58), (70, 112, 168), (214, 168, 74))


@cache
def draw_scene(kind: str, *, variant: int, after: bool) -> bytes:
    """One JPEG of an invented lane with a problem of this kind, or the same lane when it is solved.

    The same arguments give the same bytes.

    Raises:
        KeyError: no picture is known for this kind.
    """
    paint = SCENES[kind]
    rng = random.Random(f"{kind}-{variant}")
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    _lane(draw, rng)
    paint(draw, rng, after)
    font = ImageFont.load_default(30)
    draw.rectangle((0, HEIGHT - 48, WIDTH, HEIGHT), fill=(30, 32, 36))
    draw.text((20, HEIGHT - 41), f"DEMO, drawn by a program  ·  {'after' if after else 'before'}", "white", font)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _lane(draw: Draw, rng: random.Random) -> None:
    light = rng.randint(-14, 14)
    for y in range(HORIZON):
        t = y / HORIZON
        draw.line((0, y, WIDTH, y), fill=(int(168 + 50 * t) + light, int(196 + 28 * t) + light, 222 + light))
    x = -rng.randint(0, 120)
    while x < WIDTH:
        wide, top = rng.randint(150, 250), rng.randint(70, 190)
        wall = rng.choice(((203, 190, 168), (186, 178, 166), (214, 204, 188), (176, 160, 142)))
        draw.rectangle((x, top, x + wide, HORIZON + 40), fill=wall)
        draw.polygon(((x - 12, top), (x + wide / 2, top - 44), (x + wide + 12, top)), fill=(104, 84, 76))
        for row in range(2):
            for column in range(2):
                wx, wy = x + 26 + column * (wide - 90), top + 40 + row * 90
                draw.rectangle((wx, wy, wx + 40, wy + 54), fill=(86, 98, 108), outline=(240, 236, 226), width=4)
        x += wide
    draw.polygon(((0, HORIZON + 40), (WIDTH, HORIZON + 40), (WIDTH, HEIGHT), (0, HEIGHT)), fill=STONE)
    for row in range(9):
        y = HORIZON + 40 + (row**1.55) * 17
        draw.line((0, y, WIDTH, y), fill=(138, 132, 122), width=3)
    for step in range(-6, 19):
        draw.line((WIDTH / 2 + (step - 6) * 70, HORIZON + 40, WIDTH / 2 + (step - 6) * 210, HEIGHT), (146, 140, 130), 2)


def _bags(draw: Draw, rng: random.Random, box: tuple[int, int, int, int], count: int) -> None:
    for _ in range(count):
        size = rng.randint(36, 78)
        x, y = rng.randint(box[0], box[2]), rng.randint(box[1], box[3])
        draw.ellipse((x - size, y - size * 0.8, x + size, y + size * 0.7), fill=rng.choice(BAG_COLOURS), outline=DARK)
        draw.polygon(((x - 12, y - size * 0.7), (x, y - size * 1.15), (x + 14, y - size * 0.7)), fill=DARK)


def _bin(draw: Draw, x: int, y: int, *, lid_open: bool) -> None:
    draw.polygon(((x - 90, y - 220), (x + 90, y - 220), (x + 72, y), (x - 72, y)), fill=GREEN_BIN, outline=DARK)
    draw.ellipse((x - 66, y - 14, x - 34, y + 18), fill=DARK)
    draw.ellipse((x + 34, y - 14, x + 66, y + 18), fill=DARK)
    if lid_open:
        draw.polygon(((x - 100, y - 222), (x - 150, y - 330), (x - 120, y - 340), (x - 70, y - 228)), fill=(34, 84, 62))
    else:
        draw.rounded_rectangle((x - 102, y - 246, x + 102, y - 214), 14, fill=(34, 84, 62), outline=DARK)


def _litter_full(draw: Draw, rng: random.Random, after: bool) -> None:
    for x in (480, 720):
        if not after:
            _bags(draw, rng, (x - 50, 420, x + 50, 460), 4)
        _bin(draw, x, 680, lid_open=not after)
    if not after:
        _bags(draw, rng, (340, 660, 860, 740), 7)


def _litter_ground(draw: Draw, rng: random.Random, after: bool) -> None:
    if after:
        return
    _bags(draw, rng, (420, 620, 800, 760), 4)
    for _ in range(26):
        x, y = rng.randint(240, 960), rng.randint(560, 820)
        draw.polygon(
            ((x, y), (x + 34, y - 10), (x + 40, y + 14), (x + 8, y + 20)),
            fill=rng.choice(((240, 238, 230), (214, 168, 74))),
        )


def _dumping(draw: Draw, rng: random.Random, after: bool) -> None:
    if after:
        return
    draw.rectangle((380, 470, 700, 690), fill=(124, 86, 58), outline=DARK, width=5)
    draw.rectangle((380, 560, 700, 590), fill=(98, 66, 44))
    draw.polygon(((680, 700), (960, 700), (900, 560), (740, 570)), fill=(176, 168, 158), outline=DARK)
    for _ in range(9):
        x, y = rng.randint(660, 940), rng.randint(620, 720)
        draw.rectangle((x, y, x + 60, y + 34), fill=(150, 74, 56), outline=DARK)
    draw.line((360, 700, 470, 430), fill=(110, 76, 50), width=16)


def _manhole(draw: Draw, rng: random.Random, after: bool) -> None:
    draw.ellipse((400, 560, 800, 760), fill=(104, 104, 104), outline=DARK, width=10)
    if after:
        draw.ellipse((420, 574, 780, 746), fill=(86, 88, 92), outline=DARK, width=6)
        for step in range(-4, 5):
            draw.line((460, 660 + step * 18, 740, 660 + step * 18), fill=(66, 68, 72), width=5)
        return
    draw.ellipse((424, 578, 776, 742), fill=(14, 14, 16))
    if rng.random() < 0.5:
        draw.polygon(((424, 660), (560, 590), (600, 740), (500, 735)), fill=(86, 88, 92), outline=DARK)


def _lamp(draw: Draw, rng: random.Random, after: bool) -> None:
    del rng
    draw.rectangle((0, 0, WIDTH, HORIZON), fill=(38, 46, 70))
    if after:
        for size in range(240, 0, -24):
            tone = 40 + (240 - size) // 2
            draw.ellipse(
                (760 - size, 150 - size * 0.7, 760 + size, 150 + size * 0.7), fill=(tone + 60, tone + 50, tone)
            )
    draw.rectangle((588, 120, 612, 800), fill=(70, 74, 80))
    draw.line((600, 130, 760, 110), fill=(70, 74, 80), width=18)
    lit = (255, 232, 168) if after else (60, 62, 68)
    draw.polygon(((700, 104), (830, 104), (800, 150), (730, 150)), fill=lit, outline=DARK)


def _flooding(draw: Draw, rng: random.Random, after: bool) -> None:
    if after:
        for _ in range(8):
            x, y = rng.randint(200, 900), rng.randint(560, 800)
            draw.ellipse((x, y, x + 120, y + 26), fill=(140, 136, 130))
        return
    draw.polygon(((0, 520), (WIDTH, 480), (WIDTH, HEIGHT), (0, HEIGHT)), fill=(128, 138, 138))
    for _ in range(40):
        x, y = rng.randint(0, WIDTH - 200), rng.randint(520, 830)
        draw.arc((x, y, x + rng.randint(80, 220), y + 26), 0, 180, fill=(186, 196, 198), width=4)
    draw.polygon(((760, 640), (900, 640), (880, 600), (780, 600)), fill=(180, 150, 96), outline=DARK)


def _bicycle(draw: Draw, x: int, y: int, colour: Colour) -> None:
    for wheel in (x, x + 150):
        draw.ellipse((wheel - 52, y - 104, wheel + 52, y), outline=DARK, width=9)
    for line in (
        (x, y - 52, x + 60, y - 140),
        (x + 60, y - 140, x + 130, y - 140),
        (x + 130, y - 140, x + 150, y - 52),
        (x + 60, y - 140, x + 80, y - 52),
        (x, y - 52, x + 80, y - 52),
        (x + 130, y - 140, x + 138, y - 176),
    ):
        draw.line(line, fill=colour, width=10)


def _parking(draw: Draw, rng: random.Random, after: bool) -> None:
    count = 2 if after else 7
    for number in range(count):
        x = 860 + number * 150 if after else 130 + number * 140
        _bicycle(draw, x, (700 if after else rng.randint(640, 800)), rng.choice(((232, 196, 64), (70, 140, 190))))


def _fire_lane(draw: Draw, rng: random.Random, after: bool) -> None:
    draw.polygon(((300, HEIGHT), (470, 440), (730, 440), (900, HEIGHT)), fill=(132, 128, 122))
    for step in range(4):
        y = 500 + step * 100
        draw.line((420 - step * 26, y, 780 + step * 26, y + 40), fill=(232, 196, 64), width=14)
    if after:
        return
    body = rng.choice(((196, 66, 58), (226, 226, 222), (70, 90, 122)))
    draw.rounded_rectangle((400, 560, 800, 760), 40, fill=body, outline=DARK, width=6)
    draw.polygon(((450, 570), (510, 470), (690, 470), (750, 570)), fill=(150, 176, 190), outline=DARK)
    for x in (470, 730):
        draw.ellipse((x - 46, 710, x + 46, 802), fill=DARK)


def _other(draw: Draw, rng: random.Random, after: bool) -> None:
    del rng
    draw.rectangle((330, 500, 354, 800), fill=(90, 94, 100))
    if after:
        draw.rectangle((250, 420, 640, 560), fill=(46, 96, 140), outline="white", width=8)
    else:
        draw.polygon(((300, 560), (640, 690), (590, 820), (250, 700)), fill=(46, 96, 140), outline="white")


SCENES: dict[str, Callable[[Draw, random.Random, bool], None]] = {
    "litter_full": _litter_full,
    "litter_ground": _litter_ground,
    "dumping": _dumping,
    "manhole": _manhole,
    "lamp": _lamp,
    "flooding": _flooding,
    "parking": _parking,
    "fire_lane": _fire_lane,
    "other": _other,
}
"""By picture, as the built-in standard names them."""
