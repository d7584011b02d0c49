"""A phone whose steps are taken by the test: real ones would need minutes."""

from __future__ import annotations

from playwright.async_api import Page

from browser.stage.people import Position

WALKER = """
    let hear = []
    navigator.geolocation.watchPosition = (told) => hear.push(told)
    navigator.geolocation.clearWatch = (id) => { delete hear[id - 1] }
    window.followed = () => hear.some(Boolean)
    window.walk = (lon, lat, at) => {
        const coords = { longitude: lon, latitude: lat, accuracy: 6 }
        for (const told of hear) if (told) told({ coords, timestamp: at * 1000 })
    }
"""
"""Goes into the page before anything else."""


async def followed(page: Page) -> None:
    """Waits until the page wants to know where the phone is."""
    await page.wait_for_function("followed()")


async def step(page: Page, at: Position, when: float) -> None:
    """The phone is there at this time, in seconds since 1970."""
    await page.evaluate(f"walk({at[0]}, {at[1]}, {when})")
