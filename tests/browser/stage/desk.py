"""What is done at the desk again and again."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from browser.stage.people import Visitor
from browser.stage.reporting import Filed


async def choose_line(desk: Visitor, filed: Filed, tab: str) -> Locator:
    """Opens the ticket from a tab of the list; answers its pane."""
    await desk.page.get_by_role("tab", name=tab).click()
    line = filed.among(desk.page.locator("button.line"))
    await expect(line).to_be_visible()
    await line.click()
    pane = desk.page.get_by_role("region", name="工单", exact=True)
    await expect(pane.get_by_role("heading", name=f"{filed.number}号 · {filed.kind}")).to_be_visible()
    return pane


async def take_step(pane: Locator, step: str, *, choices: dict[str, str] | None = None, words: str = "") -> None:
    """Opens the form of a step, fills it in and sends it; waits until the form is gone."""
    await pane.get_by_role("button", name=step, exact=True).click()
    form = pane.locator("form")
    for field, choice in (choices or {}).items():
        await form.get_by_role("combobox", name=field).select_option(label=choice)
    if words:
        await form.get_by_role("textbox").first.fill(words)
    await form.get_by_role("button", name=step, exact=True).click()
    await expect(form).to_be_hidden()


async def decide_request(pane: Locator, kind: str, answer: str, *, whose: str = "", words: str = "") -> None:
    """Answers an open request where it stands beside its rule; waits until it is gone."""
    request = pane.get_by_role("region", name=f"待审批：{kind}")
    if whose:
        await request.get_by_role("combobox", name="应由谁负责").select_option(label=whose)
    if words:
        await request.get_by_role("textbox").fill(words)
    await request.get_by_role("button", name=answer, exact=True).click()
    await expect(request).to_be_hidden()
