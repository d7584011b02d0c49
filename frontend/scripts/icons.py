"""Draws the PNG icons of the installed app from public/icon.svg (needs Chromium; run by hand after a change)."""
from pathlib import Path
from playwright.sync_api import sync_playwright

public = Path(__file__).parents[1] / "public"
svg = (public / "icon.svg").read_text()
with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for name, side, shrink in (("icon-180", 180, 1), ("icon-192", 192, 1), ("icon-512", 512, 1), ("icon-maskable-512", 512, 0.72)):
        page = browser.new_page(viewport={"width": side, "height": side})
        ground = "#0d5c63" if shrink != 1 or side == 180 else "transparent"
        inset = side * (1 - shrink) / 2
        page.set_content(
            f"<style>body{{margin:0;background:{ground}}}svg{{position:absolute;left:{inset}px;top:{inset}px;"
            f"width:{side * shrink}px;height:{side * shrink}px}}</style>{svg}"
        )
        page.screenshot(path=public / f"{name}.png", omit_background=True)
    browser.close()
