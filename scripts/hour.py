"""A dispatcher's hour: sixty mixed reports, worked off by keys alone in the browser on the demo.

    make drill-hour

Reports come in waves, as they do; each is timed from when the dispatcher turns to it to when the desk has taken what was done.
At the end: how many of each kind, how long they took, what could not be done by keys, what the browser complained of, and
what the database has of it. Exit code 1 when anything needed the mouse, a deed failed, or the console has an error.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from playwright.async_api import Error, async_playwright, expect
from screens import demo

from browser.stage.by_keys import ByKeys, Sent, sent
from browser.stage.people import Visitor, launch, visiting
from browser.stage.reporting import volunteering
from browser.stage.scene import Stage

WAVE = 6
"""Cases that lie there when the dispatcher begins with the first of them."""
KINDS = ("litter_full", "litter_ground", "dumping", "lamp", "parking", "greenery")
TOLD = (
    "李伯 9:05\n荔枝公园门口垃圾桶满了",
    "黄姨来电\n雪圃学校东门的路灯不亮",
    "12345转来\n榕基市场北门有人乱堆放旧家具",
    "群里说\n榕树头的树枝垂下来了",
    "陈叔 14:20\n天后庙前面有车乱停放",
    "何姐来电\n水埗幼儿园门口垃圾桶满了",
)
POINTERS = "window.pointers = 0; addEventListener('pointerdown', () => (window.pointers += 1), true)"
ASIDE_S = 12.0
"""A step waits ten seconds before it is sent."""


@dataclass(slots=True)
class Hour:
    """What is needed to work it, and what became of it."""

    stage: Stage
    reporter: Visitor
    keys: ByKeys
    dice: random.Random
    took: list[tuple[str, int, float]] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    filed: list[Sent] = field(default_factory=list)
    told: list[str] = field(default_factory=lambda: list(TOLD))

    async def report(self, **more: object) -> Sent:
        kind = str(more.pop("category", self.dice.choice(KINDS)))
        one = await sent(self.reporter, self.stage.places, kind, note="路过看到的", **more)
        self.filed.append(one)
        return one

    def same_place(self) -> dict[str, object]:
        lon, lat = self.stage.places.quiet()
        return {"location": {"lon": lon, "lat": lat, "accuracy_m": 6, "age_s": 1, "source": "gps"}}


Deed = Callable[[Hour, list[Sent]], Awaitable[None]]


async def _send_out(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.send_out(filed[0])


async def _reject(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.reject(filed[0])


async def _merge_then_send_out(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.merge(filed[1], filed[0])
    await hour.keys.send_out(filed[0])


async def _accept(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.accept(filed[0])


async def _take_back_then_send_out(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.accept(filed[0])
    await hour.keys.take_back(filed[0])
    await hour.keys.send_out(filed[0])


async def _note_then_send_out(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.note(filed[0], "现场有老人经过，请小心")
    await hour.keys.send_out(filed[0])


async def _together(hour: Hour, filed: list[Sent]) -> None:
    await hour.keys.send_out_together(filed)


async def _for_somebody(hour: Hour, _: list[Sent]) -> None:
    await hour.keys.report_for_somebody(hour.told.pop(0))


@dataclass(frozen=True, slots=True)
class Case:
    """``times`` in the hour; ``reports`` each is about, at ``one_place`` or apart."""

    name: str
    deed: Deed
    times: int
    reports: int = 1
    one_place: bool = False
    category: str | None = None


CASES = (
    Case("sent out", _send_out, 6),
    Case("rejected, reason from the list", _reject, 10, category="other"),
    Case("merged with its twin, which is sent out", _merge_then_send_out, 8, reports=2, one_place=True),
    Case("accepted only", _accept, 6),
    Case("accepted, taken back, sent out", _take_back_then_send_out, 4),
    Case("note to the unit, sent out", _note_then_send_out, 6),
    Case("marked and sent out together", _together, 2, reports=3),
)
BY_TELEPHONE = Case("filed for somebody (typed)", _for_somebody, len(TOLD), reports=0)


async def _made(hour: Hour, case: Case) -> list[Sent]:
    more: dict[str, object] = {} if case.category is None else {"category": case.category}
    if case.one_place:
        more |= {"category": "litter_full", **hour.same_place()}
    return [await hour.report(**more) for _ in range(case.reports)]


async def _work(hour: Hour) -> None:
    waiting = [case for case in (*CASES, BY_TELEPHONE) for _ in range(case.times)]
    hour.dice.shuffle(waiting)
    while waiting:
        wave, waiting = waiting[:WAVE], waiting[WAVE:]
        lying = [(case, await _made(hour, case)) for case in wave]
        hour.dice.shuffle(lying)
        for case, filed in lying:
            began = time.perf_counter()
            try:
                await case.deed(hour, filed)
            except (AssertionError, Error) as fault:
                numbers = ", ".join(str(one["short_no"]) for one in filed)
                hour.not_done.append(f"{case.name} ({numbers}): {' '.join(str(fault).split())[:240]}")
                for _ in range(3):
                    await hour.keys.press("Escape")
                continue
            each = (time.perf_counter() - began) / max(1, case.reports)
            hour.took.append((case.name, max(1, case.reports), each))
            print(".", end="", flush=True)


async def work(stage: Stage) -> int:
    expect.set_options(timeout=15_000)
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        async with (
            volunteering(browser, stage.server, stage.installation, stage.places.anywhere()) as reporter,
            visiting(browser, stage.server.origin, desk=True) as desk,
        ):
            await desk.sign_in(stage.installation.account("dispatcher"))
            page = desk.page
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            await page.add_init_script(POINTERS)
            await desk.open("/desk")
            await expect(page.get_by_role("tab", name="待办")).to_be_visible()
            hour = Hour(stage, reporter, ByKeys(page), random.Random(60))
            began = time.perf_counter()
            await hour.keys.to_section("待立案")
            await _work(hour)
            # Whatever can still be taken back is sent now.
            await expect(page.locator(".batches")).to_have_count(0, timeout=3_000 * ASIDE_S)
            seconds = time.perf_counter() - began
            pointers = int(await page.evaluate("window.pointers"))
        await browser.close()
    return _tell(hour, seconds, pointers, complaints)


def _tell(hour: Hour, seconds: float, pointers: int, complaints: list[str]) -> int:
    print()
    every: list[float] = []
    for case in (*CASES, BY_TELEPHONE):
        took = [each for name, n, each in hour.took if name == case.name for _ in range(n)]
        every += took
        if took:
            print(f"{len(took):4}  {case.name:42} median {statistics.median(took):5.2f} s, longest {max(took):5.2f} s")
    every.sort()
    if every:
        p95 = every[min(len(every) - 1, int(len(every) * 0.95))]
        print(f"{len(every):4}  {'reports':42} median {statistics.median(every):5.2f} s, p95 {p95:5.2f} s a report")
    ids = ", ".join(repr(one["ticket_id"]) for one in hour.filed)
    rows = hour.stage.installation.ask(f"SELECT status FROM ticket WHERE ticket_id IN ({ids})").splitlines()
    print(f"in the database: {dict(Counter(rows).most_common())}; {seconds:.0f} s in all")
    print(f"pressed with the mouse: {pointers}; not done by keys: {len(hour.not_done)}; errors: {len(complaints)}")
    for one in (*hour.not_done, *complaints):
        print(f"  {one}")
    return int(bool(pointers or hour.not_done or complaints))


def main() -> int:
    with demo() as stage:
        return asyncio.run(work(stage))


if __name__ == "__main__":
    sys.exit(main())
