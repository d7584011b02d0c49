"""256 kbit/s with a tenth of the packets lost and a tenth of the connections breaking: everything arrives, and little is
sent twice.

``python -m drills.slow --seed 1 --size full``. ``short`` has the same line sixteen times as fast.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from PIL import Image

from drills.arguments import arguments
from drills.handset import Handset
from drills.phone import Patience, Phone
from drills.proxy import LOST_ANSWER, RESET, Link, Pace
from drills.schedule import Schedule
from drills.stage import Stage, staged
from drills.wire import HttpWire

LINE = 256_000 / 8
LOSS = 0.1
BREAKS = {RESET: 0.07, LOST_ANSWER: 0.03}
MOST = 1.5
"""Bytes sent for each byte that had to be sent."""
PATIENCE_S = 120.0
REST_S = 600.0


@dataclass(frozen=True, slots=True)
class Size:
    reports: int
    side: int
    """Pixels of a photo's longer side; noise, so that it stays as large as a photo is."""
    speed: float


SIZES = {"short": Size(6, 300, 16.0), "planted": Size(6, 300, 16.0), "full": Size(12, 420, 1.0)}


def noise(dice: random.Random, side: int) -> bytes:
    out = BytesIO()
    height = side * 3 // 4
    Image.frombytes("RGB", (side, height), dice.randbytes(3 * side * height)).save(out, "JPEG", quality=70)
    return out.getvalue()


async def drill(stage: Stage, seed: int, size: Size) -> list[str]:
    """What does not hold, in words."""
    dice = random.Random(seed)
    schedule = Schedule(stage, seed)
    await schedule.settle()
    who = schedule.people["volunteer"]
    link = Link(stage.upstream, seed, fates=dict(BREAKS), pace=Pace(LINE * size.speed, LOSS, 0.25 / size.speed))
    await link.open()
    wire = HttpWire(lambda: link.port, lambda: who.token, patience_s=PATIENCE_S)
    one = Handset(who, link, dice)
    page = Phone(
        disk=one.disk,
        wire=wire,
        person=who.person_id,
        scopes=who.scopes,
        dice=dice,
        now=lambda: datetime.now(UTC),
        patience=Patience(speed=size.speed, pull_every=30 / size.speed),
    )
    needed = 0
    for number in range(size.reports):
        photo = noise(dice, size.side)
        link.cut_within = len(photo)
        item = page.report({"category": "litter_full", "note": str(number)}, [photo])
        needed += len(photo) + len(item.text.encode())
    running = asyncio.create_task(page.run())
    try:
        async with asyncio.timeout(REST_S):
            while one.waiting() and not running.done():
                await asyncio.sleep(0.1)
    except TimeoutError:
        return [f"I1: {len(one.waiting())} of {size.reports} never arrived"]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        wire.close()
        await link.close()
    times = link.sent / needed
    fell = {name: n for name, n in link.fell.items() if name != "none"}
    print(f"  {size.reports} reports, {needed} bytes needed, {link.sent} sent ({times:.2f} times), {fell}")
    found = [f"I16: {times:.2f} bytes were sent for each that was needed"] if times > MOST else []
    return found + [
        f"I1: {item.item_id} is {item.state}" for item in one.disk.items.values() if item.state != "delivered"
    ]


async def whole(seed: int, size: Size) -> list[str]:
    async with staged() as stage:
        return await drill(stage, seed, size)


def main() -> int:
    chosen = arguments("A slow line that loses", SIZES)
    began = time.monotonic()
    found = asyncio.run(whole(chosen.seed, SIZES[chosen.size]))
    for one in found:
        print(f"Slow violated: {one}")
    print(f"Slow: {len(found)} violations ({time.monotonic() - began:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
