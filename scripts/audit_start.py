"""How fast a steward's screens open without a network on a cheap phone.

    make audit-start

A steward opens the app once with a network; then the server goes away, the processor is slowed four times, and each screen
is opened anew five times. What counts is from the start of the navigation to the screen without a placeholder; medians.
"""

from __future__ import annotations

import asyncio
import statistics
import sys

from audit import ROUNDS, SLOWER, Figure
from playwright.async_api import async_playwright
from screens import demo

from browser.stage.people import launch, visiting
from browser.stage.scene import Stage

SCREENS = ("/report", "/verify", "/patrol", "/mine")
MOST_MS = 1_000

OPENED = """
    const look = () => {
        const heading = document.querySelector('h1')
        const empty = document.querySelector('[aria-busy="true"], .skeleton')
        if (heading?.checkVisibility() && !empty) window.openedAfter = performance.now()
        else requestAnimationFrame(look)
    }
    look()
"""

WAITS = """
    new Promise((done) => {
        const wait = () => (window.openedAfter === undefined ? requestAnimationFrame(wait) : done())
        wait()
    })
"""


async def starts(stage: Stage) -> list[Figure]:
    figures = []
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        async with visiting(browser, stage.server.origin, at=stage.places.quiet(), service_workers="allow") as phone:
            await phone.sign_in(stage.installation.account("steward"))
            await phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
            for path in SCREENS:
                await phone.open(path)
                await phone.page.wait_for_load_state("networkidle")
            stage.server.stop()
            session = await phone.page.context.new_cdp_session(phone.page)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            await phone.page.add_init_script(OPENED)
            for path in SCREENS:
                took = []
                for _ in range(ROUNDS):
                    await phone.page.goto("about:blank")
                    await phone.open(path)
                    await phone.page.evaluate(WAITS)
                    took.append(round(await phone.page.evaluate("window.openedAfter")))
                middle = statistics.median(took)
                figures.append(Figure(f"{path} without a network, ms", middle, f"< {MOST_MS}", middle < MOST_MS, took))
        await browser.close()
    return figures


def main() -> int:
    with demo() as stage:
        figures = asyncio.run(starts(stage))
    for figure in figures:
        print(figure)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
