"""English is complete: no Chinese word of ours is left, and no key stands where a text should."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import shot_and_named, volunteering
from browser.stage.server import Installation, Server

RAW_KEY = re.compile(r"^[a-z_]+\.[a-z_.]+$")

TEXTS = """
() => {
    const seen = []
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) if (walk.currentNode.parentElement.checkVisibility()) seen.push(walk.currentNode.data)
    for (const one of document.querySelectorAll('[aria-label], [placeholder], [alt]'))
        for (const name of ['aria-label', 'placeholder', 'alt']) seen.push(one.getAttribute(name) ?? '')
    return seen.map(text => text.trim()).filter(Boolean)
}
"""
"""Everything that can be read or is read aloud."""

# Names of places, units and people, rules, the words of the standard: they are the community's own.
CHINESE_OF_OURS = re.compile("上报|我的|更多|工单|核查|待办|截止|还剩|今天|昨天|经过|处置|登录|人员|返回|关闭|照片")


async def switch_to_english(visitor: Visitor) -> None:
    await visitor.open("/more")
    await visitor.press("English")
    await visitor.reads("More")


async def all_english(visitor: Visitor) -> None:
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    texts: list[str] = await visitor.page.evaluate(TEXTS)
    assert texts
    assert [text for text in texts if RAW_KEY.match(text)] == []
    assert [text for text in texts if CHINESE_OF_OURS.search(text) and text != "中文"] == []


PHONE_PAGES = {
    "volunteer": ("/report", "/mine", "/unsent", "/more"),
    "steward": ("/verify",),
    "unit_lead": ("/unit",),
}


@pytest.mark.parametrize("role", PHONE_PAGES)
async def test_on_the_phone(chromium: Browser, server: Server, installation: Installation, role: str) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account(role))
        await switch_to_english(phone)
        for path in PHONE_PAGES[role]:
            await phone.open(path)
            await expect(phone.page.locator("main h1")).to_be_attached()
            await expect(phone.page.locator(".skeleton")).to_have_count(0)
            await all_english(phone)


async def test_a_report_that_was_begun_in_chinese_goes_on_in_english(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await shot_and_named(phone, "堵消防通道")
        await phone.reads("消防")
        await switch_to_english(phone)
        await phone.open("/report")
        await phone.reads("Going on with what was not sent")
        await phone.reads("Fire lane blocked")
        await phone.reads("Ambulance")


async def test_at_the_desk(chromium: Browser, server: Server, installation: Installation) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await switch_to_english(desk)
        await desk.open("/desk?tab=open")
        line = desk.page.locator("button.line").first
        await line.click()
        await expect(desk.page.get_by_role("tab", name="Story")).to_be_visible()
        await all_english(desk)
        for part in ("Time", "Why this unit"):
            await desk.page.get_by_role("tab", name=part).click()
            await all_english(desk)
        await desk.open("/desk/rules")
        await expect(desk.page.get_by_role("listitem").first).to_be_visible()
        await all_english(desk)
