"""Honest help: what this phone allows is said as it is, the way out is shown, and the telephone stands wherever something fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import RECEIVED, report, shot_and_named
from browser.stage.server import Installation, Server

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; HMA-AL00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
INSIDE = [
    (f"{ANDROID} MicroMessenger/8.0.44(0x28002C37) NetType/WIFI", "微信", "在浏览器打开"),
    (f"{IPHONE} MicroMessenger/8.0.44(0x18002c2f) NetType/4G", "微信", "在 Safari 中打开"),
    (f"{ANDROID} wxwork/4.1.10 MicroMessenger/7.0.1", "企业微信", "在浏览器打开"),
    (f"{ANDROID} V1_AND_SQ_8.9.80 QQ/8.9.80.12440", "QQ", "在浏览器打开"),
    (f"{ANDROID} AliApp(AP/10.5.36) AlipayClient/10.5.36", "支付宝", "在浏览器打开"),
    (f"{IPHONE} AliApp(DingTalk/7.0.50) DingTalk/7.0.50", "钉钉", "在 Safari 中打开"),
    (f"{IPHONE} Weibo (iPhone13,2__weibo__13.11.0)", "微博", "在 Safari 中打开"),
    (f"{ANDROID} aweme_270400 JsSdk/1.0", "抖音", "在浏览器打开"),
]


async def test_a_browser_that_cannot_run_the_program_says_so_and_one_that_can_does_not(
    chromium: Browser, server: Server
) -> None:
    async with visiting(chromium, server.origin) as phone:
        said = [phone.page.get_by_text(words) for words in ("这个浏览器太旧", "this browser is too old")]
        await phone.open("/sign-in")
        await phone.reads("手机号")
        for words in said:
            await expect(words).to_have_count(0)
        # As to a browser that knows no modules, or not the language of ours.
        await phone.page.route("**/*.js", lambda route: route.abort())
        await phone.page.reload()
        for words in said:
            await expect(words).to_be_hidden()
        for words in said:
            await expect(words).to_be_visible()


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    server = Server(installation, worker=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def telephone(installation: Installation) -> str:
    number = installation.ask("SELECT telephone FROM jurisdiction")
    assert number
    return number


@pytest.mark.parametrize(("agent", "app", "line"), INSIDE)
async def test_inside_another_app_the_way_to_the_browser_is_shown(
    chromium: Browser, server: Server, agent: str, app: str, line: str
) -> None:
    async with visiting(chromium, server.origin, user_agent=agent) as phone:
        await phone.open("/help")
        await phone.reads(f"{app}里不能离线保存，请等到“社区已收到”再退出。")
        first = phone.page.locator("details").first
        await expect(first.get_by_text(f"在{app}里打开了，请换到浏览器")).to_be_visible()
        await expect(first.locator("ol")).to_contain_text(line)
        await expect(first.locator("svg").first).to_be_visible()
        await expect(phone.page.get_by_text(re.compile("不行 现在在" + app))).to_be_visible()
        await phone.press("复制链接")
        await phone.reads("已复制。打开手机的浏览器，贴到上面的地址栏")
        assert await phone.page.evaluate("navigator.clipboard.readText()") == server.origin


async def test_a_link_that_wechat_does_not_let_copy_stands_there_to_be_copied(
    chromium: Browser, server: Server
) -> None:
    async with visiting(chromium, server.origin, user_agent=INSIDE[0][0]) as phone:
        await phone.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
        await phone.open("/help")
        await phone.press("复制链接")
        await phone.reads("没有复制成。请长按下面的地址，选“复制”")
        await expect(phone.page.get_by_label("地址", exact=True)).to_have_value(server.origin)


async def test_inside_wechat_a_report_is_sent_at_once_and_asks_to_wait_until_then(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    """The session came with a browser of its own; inside an app nobody is signed in by a link."""
    note = "微信里不能离线保存，请等到“社区已收到”再退出。"
    spot = places.quiet()
    async with visiting(chromium, fragile.origin, at=spot) as own:
        await own.sign_in(installation.account("volunteer"))
        cookies = await own.page.context.cookies()
    async with visiting(chromium, fragile.origin, at=spot, user_agent=INSIDE[0][0]) as phone:
        await phone.page.context.add_cookies(cookies)  # type: ignore[arg-type]
        await phone.open("/report")
        await phone.reads(note)
        await report(phone, spot, "垃圾满了")
        await phone.press("再报一件")
        await shot_and_named(phone, "乱堆放")
        fragile.stop()
        await phone.press("发出")
        await phone.reads("已存在这台手机，还没发出")
        await expect(phone.page.get_by_text(note)).to_have_count(2)
        for offer in ("主屏幕", "安装", "消息提醒"):
            await expect(phone.page.get_by_text(offer)).to_have_count(0)
        fragile.start()
        await phone.page.evaluate("dispatchEvent(new Event('online'))")
        await expect(phone.page.get_by_role("heading", name=RECEIVED)).to_be_visible()


async def test_a_browser_of_its_own_hears_nothing_of_that(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere()) as phone:
        await phone.sign_in(installation.account("volunteer"))
        await expect(phone.page.get_by_text("不能离线保存")).to_have_count(0)


async def test_an_iphone_without_the_icon_is_warned_and_shown_how(chromium: Browser, server: Server) -> None:
    async with visiting(
        chromium, server.origin, user_agent=f"{IPHONE} Version/16.6 Mobile/15E148 Safari/604.1"
    ) as phone:
        await phone.open("/help")
        await phone.reads(re.compile("请看一下 还没放到主屏幕：7 天不打开"))
        await phone.page.get_by_role("button", name=re.compile("怎么办: 还没放到主屏幕")).click()
        install = phone.page.locator("details", has_text="放到桌面")
        await expect(install.locator("ol")).to_contain_text("分享按钮")
        await expect(install.locator("svg").first).to_be_visible()


async def test_a_refused_location_is_said_and_its_steps_come_first(chromium: Browser, server: Server) -> None:
    async with visiting(chromium, server.origin, user_agent=ANDROID) as phone:
        await phone.page.add_init_script(
            """navigator.permissions.query = ({ name }) =>
                Promise.resolve({ state: name === 'geolocation' ? 'denied' : 'granted' })"""
        )
        await phone.open("/help")
        await phone.reads(re.compile("不行 定位没有允许"))
        first = phone.page.locator("details").first
        await expect(first.locator("summary")).to_have_text("定位没开，或者不准")
        await expect(first.locator("ol")).to_contain_text("精确位置")


@pytest.mark.parametrize(("accuracy_m", "says"), [(12, "误差约 12 米，够用"), (2400, "误差约 2400 米，太粗")])
async def test_the_location_can_be_tried(
    chromium: Browser, server: Server, places: Places, accuracy_m: int, says: str
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere(), accuracy_m=accuracy_m) as phone:
        await phone.open("/help?about=location")
        await phone.press("试一下定位")
        await phone.reads(re.compile(says))


async def test_room_is_told_in_photos(chromium: Browser, server: Server) -> None:
    async with visiting(chromium, server.origin, user_agent=ANDROID) as phone:
        await phone.page.add_init_script(
            "navigator.storage.estimate = () => Promise.resolve({ usage: 93_000_000, quota: 100_000_000 })"
        )
        await phone.open("/help")
        await phone.reads(re.compile("请看一下 空间不多了，大约还能存 20 张照片"))
        await expect(phone.page.locator("details").first.locator("summary")).to_have_text("手机空间快满了")


async def test_help_and_telephone_are_there_without_network_and_without_a_session(
    chromium: Browser, fragile: Server, telephone: str
) -> None:
    async with visiting(chromium, fragile.origin, service_workers="allow") as phone:
        await phone.open("/sign-in")
        await phone.page.evaluate("navigator.serviceWorker.ready")
        fragile.stop()
        await phone.open("/help")
        await expect(phone.page.get_by_role("heading", name="这台手机现在")).to_be_visible()
        await phone.reads("没有网络也能打开")
        await expect(phone.page.get_by_role("link", name=f"社区电话 {telephone}")).to_be_visible()
        await phone.page.get_by_text("手机管家会清掉没发出的").click()
        await phone.reads(re.compile("没有网络也能打开"))


async def test_whoever_cannot_come_in_reads_whom_to_call(chromium: Browser, server: Server, telephone: str) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.open("/i#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        alert = phone.page.get_by_role("alert")
        await expect(alert.get_by_role("link", name=f"社区电话 {telephone}")).to_be_visible()
        await alert.get_by_role("link", name="手机设置帮助").click()
        await expect(phone.page).to_have_url(re.compile("/help$"))


async def test_every_page_that_is_not_there_names_the_telephone(
    chromium: Browser, server: Server, installation: Installation, telephone: str
) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        for path in ("/nowhere", "/desk", "/ticket/01a20000-0000-7000-8000-000000000000"):
            await phone.open(path)
            await expect(phone.page.get_by_role("link", name=f"社区电话 {telephone}").first).to_be_visible()
            await expect(phone.page.get_by_role("link", name="手机设置帮助").first).to_be_visible()
