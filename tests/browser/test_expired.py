"""The session has ended meanwhile: nothing is lost, the person comes in again, and then it goes out."""

from __future__ import annotations

from playwright.async_api import Browser

from browser.stage.front import front_of
from browser.stage.people import START, Visitor
from browser.stage.places import Places
from browser.stage.reporting import RECEIVED
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, equipped, saves, writes

NOTES = ("等了一夜才登录", "登录过期时写的")
ASKED_TO_COME_IN = "要重新登录才能发出 1 条，照片还在"


def end_sessions(installation: Installation, person: str) -> None:
    installation.ask(
        f"DELETE FROM session USING person WHERE person.person_id = session.person_id AND name = '{person}'"
    )


async def test_who_was_signed_out_by_time_keeps_everything_and_sends_it_after_coming_in_again(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    volunteer = installation.account("volunteer")
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        await front.cut()
        await saves(phone, "乱堆放", NOTES[0])
        end_sessions(installation, volunteer.person)
        await front.open()
        await writes(phone, "路灯", NOTES[1])
        await phone.press("发出")
        await phone.reads("要重新登录才能发出 2 条，照片还在")
        assert arrived(installation, "%登录%") == []

        await phone.open(volunteer.sign_in)
        await phone.press(START)
        await phone.reads(ALL_DELIVERED)
        came = arrived(installation, "%登录%")
        # Two go out beside each other, so either may arrive first.
        assert sorted(report.note for report in came) == sorted(NOTES)
        assert all(len(report.photos) == 1 for report in came)


async def test_who_comes_in_again_by_the_link_in_another_tab_finds_the_first_one_sending(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    volunteer = installation.account("volunteer")
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        end_sessions(installation, volunteer.person)
        await writes(phone, "乱停放", "另一页里重新来过之前")
        await phone.press("发出")
        await phone.reads(ASKED_TO_COME_IN)

        link = Visitor(await phone.page.context.new_page(), front.origin)
        await link.sign_in(volunteer)
        await link.reads(ALL_DELIVERED)
        await link.page.close()

        await phone.page.bring_to_front()
        await phone.reads(ALL_DELIVERED)
        await phone.press("再报一件")
        await writes(phone, "垃圾满了", "另一页里重新来过之后")
        await phone.press("发出")
        await phone.reads(RECEIVED)
        assert len(arrived(installation, "另一页里重新来过之_")) == 2
