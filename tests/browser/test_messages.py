"""Messages on a phone: the list, what rings and when it is said to, and what is said where nothing can ring."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import report
from browser.stage.ringing import can_ring
from browser.stage.server import Installation, Server
from push_service import PushService

SENT_OUT = "您报的事已经派出去了"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1"
WECHAT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.47"


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    """A server of this journey's own, on the same database, that may go away."""
    server = Server(installation)
    server.start()
    yield server
    server.stop()


async def test_a_phone_rings_only_after_its_test_message_came_and_a_tap_opens_the_ticket(
    chromium: Browser, server: Server, installation: Installation, places: Places, service: PushService
) -> None:
    here = places.quiet()
    async with visiting(chromium, server.origin, at=here, service_workers="allow") as phone:
        ringing = await can_ring(phone.page, service)
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.open("/messages/settings")
        # The day of this test may be a night.
        await phone.page.get_by_role("switch", name="晚上不响").click()
        await phone.reads("一天到晚都会响。")
        await phone.reads("没有打开")
        await phone.press("打开并试一条")
        await phone.reads("测试消息已经发出，等它到这部手机。")
        test = await ringing.message()
        assert test["kind"] == "test"
        await expect(phone.page.get_by_text("会响铃", exact=True)).to_have_count(0)

        await ringing.bring(test)
        assert (await ringing.shows("测试消息到了，这部手机可以响铃"))["title"] == "网格守望"
        await expect(phone.page.get_by_text("会响铃", exact=True)).to_be_visible()

        await phone.open("/report")
        filed = await report(phone, here, "乱堆放")
        rang = await ringing.message()
        assert set(rang) == {"kind", "ticket_id", "language"}
        for _ in range(2):
            # Sent twice it takes its own place.
            await ringing.bring(rang)
            shown = await ringing.shows(SENT_OUT)
        assert [one["body"] for one in await ringing.shown()].count(SENT_OUT) == 1
        await ringing.tap(shown)
        await expect(phone.page).to_have_url(f"{server.origin}/ticket/{rang['ticket_id']}")
        await expect(phone.page.get_by_role("heading", level=1, name=filed.kind)).to_be_visible()

        await phone.open("/messages/settings")
        await phone.press("不要响铃")
        await phone.reads("没有打开")
        assert installation.ask("SELECT count(*) FROM push_subscription WHERE state = 'on'") == "0"


async def test_a_browser_that_reaches_no_push_service_is_told_so_and_what_works_instead(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    """This Chromium reaches none: its own answer, no stand-in."""
    async with visiting(chromium, server.origin, service_workers="allow") as phone:
        await phone.page.context.grant_permissions(["notifications"])
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.open("/messages/settings")
        await phone.press("打开并试一条")
        await phone.reads("测试消息没有到：推送到不了这部手机。")
        await phone.reads("所有消息都在“消息”页里")
        await phone.reads("点“复制进展”")
        await expect(phone.page.get_by_text("会响铃", exact=True)).to_have_count(0)


async def test_a_test_message_that_never_comes_is_not_waited_for_for_ever(
    chromium: Browser, server: Server, installation: Installation, service: PushService
) -> None:
    """The service takes every message and brings none, as it is in mainland China."""
    async with visiting(chromium, server.origin, service_workers="allow") as phone:
        ringing = await can_ring(phone.page, service)
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.open("/messages/settings")
        await phone.press("打开并试一条")
        late = await ringing.message()
        await phone.reads("测试消息已经发出")
        installation.ask("UPDATE push_subscription SET test_at = test_at - interval '61 s'")
        await phone.reads("测试消息没有到：推送到不了这部手机。")
        # It comes after all: better late than never.
        await ringing.bring(late)
        await expect(phone.page.get_by_text("会响铃", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("agent", "says"),
    [
        (None, "浏览器里“通知”没有允许"),
        (IPHONE, "苹果手机要先把本页放到主屏幕"),
        (WECHAT, "现在是在别的软件里打开的"),
    ],
    ids=["refused", "iphone", "wechat"],
)
async def test_what_is_said_where_nothing_can_be_turned_on(
    chromium: Browser, server: Server, installation: Installation, agent: str | None, says: str
) -> None:
    async with visiting(chromium, server.origin, service_workers="allow") as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        if agent is not None:
            # Afterwards: inside another app nobody gets as far as signing in by a link.
            door = await phone.page.context.new_cdp_session(phone.page)
            await door.send("Emulation.setUserAgentOverride", {"userAgent": agent})
        await phone.open("/messages/settings")
        await phone.reads(says)
        await expect(phone.page.get_by_role("button", name="打开并试一条")).to_have_count(0)


async def test_messages_are_counted_opened_and_read_also_without_the_server(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    here = places.quiet()
    async with visiting(chromium, fragile.origin, at=here, service_workers="allow") as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        installation.ask("UPDATE notification SET read_at = now() WHERE read_at IS NULL")
        filed = await report(phone, here, "乱堆放")
        bar = phone.page.get_by_role("navigation", name="主要页面").get_by_role("link", name=re.compile("更多"))
        await phone.open("/mine")
        await expect(bar).to_have_accessible_name(re.compile("1 条未读"))

        fragile.stop()
        await phone.open("/messages")
        await phone.reads(re.compile("现在连不上"))
        line = phone.page.get_by_role("listitem").filter(has_text=SENT_OUT).first
        await expect(line).to_contain_text("新")
        await expect(line).to_contain_text(filed.number)
        await phone.open("/more")
        await expect(bar).not_to_have_accessible_name(re.compile("未读"))
        unread = (
            "SELECT count(*) FROM notification JOIN person USING (person_id) "
            f"WHERE read_at IS NULL AND person.name = '{installation.account('volunteer').person}'"
        )
        assert installation.ask(unread) == "1", "nobody could be told yet"

        fragile.start()
        await phone.open("/messages")
        await expect(phone.page.get_by_text(re.compile("现在连不上"))).to_have_count(0)
        await expect(line).not_to_contain_text("新")
        assert installation.ask(unread) == "0"
        await line.get_by_role("link").click()
        await expect(phone.page.get_by_role("heading", level=1, name=filed.kind)).to_be_visible()


async def test_at_a_desk_the_bell_says_how_many_wait_on_every_page(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    lead = installation.account("unit_lead")
    whose = f"person_id = (SELECT person_id FROM person WHERE name = '{lead.person}')"
    installation.ask(f"UPDATE notification SET read_at = NULL WHERE {whose}")
    unread = int(installation.ask(f"SELECT count(*) FROM notification WHERE {whose}"))
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(lead)
        bell = desk.page.get_by_role("link", name=re.compile("^消息"))
        for place in ("/desk/unit", "/desk/figures"):
            await desk.open(place)
            await expect(bell).to_have_accessible_name(re.compile(f"{unread} 条未读"))
        await bell.click()
        await expect(desk.page).to_have_url(f"{server.origin}/messages")
        await expect(desk.page.get_by_role("listitem").first).to_contain_text("新")
        await desk.page.go_back()
        await expect(bell).to_have_accessible_name("消息")


async def test_a_unit_lead_chooses_what_rings(chromium: Browser, server: Server, installation: Installation) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("unit_lead"))
        await phone.open("/messages/settings")
        urged = phone.page.get_by_role("switch", name="催办：请尽快处理")
        await expect(urged).to_be_checked()
        await urged.click()
        await expect(urged).not_to_be_checked()
        await phone.page.get_by_label("从").fill("22:00")
        await phone.page.get_by_label("从").blur()
        await expect(phone.page.get_by_label("从")).to_be_enabled()
        await phone.page.reload()
        await expect(urged).not_to_be_checked()
        await expect(phone.page.get_by_label("从")).to_have_value("22:00")
        # No channel, no offer.
        await expect(phone.page.get_by_role("heading", name="短信", exact=True)).to_have_count(0)
