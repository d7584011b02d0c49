"""Three days below ground: everything is taken, and above ground all of it arrives by itself, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, expect

from browser.stage.front import front_of
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, equipped, saves, waits
from picture_files import encoded, half_red

# The made-up camera begins anew each day, and now and then with the very same picture: it is used once.
DAYS = (
    ("垃圾满了", "地下第一天", ()),
    ("乱堆放", "地下第二天", (encoded(half_red()),)),
    ("路灯", "地下第三天", (encoded(half_red(300, 400)),)),
)


async def test_what_was_taken_on_three_days_below_ground_arrives_above_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        await front.cut()
        began = datetime.now(UTC)
        for day, (kind, note, pictures) in enumerate(DAYS):
            await phone.page.clock.set_system_time(began + timedelta(days=day))
            # The app is opened anew each day: the page comes from the phone.
            await phone.open("/report")
            await saves(phone, kind, note, *pictures)
            await waits(phone, day + 1)
        await phone.open("/mine")
        for kind, *_ in DAYS:
            await expect(phone.page.get_by_role("listitem").filter(has_text=kind).first).to_be_visible()

        await front.open()
        await phone.open("/report")
        await phone.reads(ALL_DELIVERED)
        of_three_days = arrived(installation, "地下第_天")
        assert sorted(report.note for report in of_three_days) == sorted(note for _, note, _ in DAYS)
        photos = [report.photos for report in of_three_days]
        assert [len(held) for held in photos] == [1, 1, 1]
        assert len({*photos}) == 3
