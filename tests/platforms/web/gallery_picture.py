"""The pictures of the gallery and of a card's page: the bundled characters, in a real browser.

``python -m tests.platforms.web.gallery_picture [FOLDER]`` renews docs/images/characters-*.png.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from bot.app import open_app
from bot.config.schema import BotSection, Config, PluginsSection, StoreSection, WebSection
from bot.platform_specs import make_web
from tests.platforms.web.browser import open_browser, open_page
from tests.platforms.web.picture import FONT

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
NAMES = 12
SEEN = 10  # of them in the picture


async def take_pictures(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        config = Config(
            bot=BotSection(data=data), web=WebSection(port=0), plugins=PluginsSection(enabled=False),
            store=StoreSection(),
        )  # fmt: skip
        async with open_app(config) as app, open_browser() as browser:
            web = make_web(app)
            assert web is not None
            assert await app.start(web)
            address = web.describe().split()[1]
            async with open_page(browser, address, width=1180, height=760, scale=1.5) as page:
                await page.evaluate(FONT)
                await _gallery(page, folder / "characters-gallery.png")
                await _card(page, folder / "characters-card.png")


async def _gallery(page: Page, path: Path) -> None:
    await page.click("#sidebar a[href='#/characters']")
    await expect(page.locator(".tile")).to_have_count(NAMES)
    for place in range(SEEN):
        await expect(page.locator(".portrait").nth(place)).to_have_js_property("complete", value=True)
    await page.screenshot(path=path)


async def _card(page: Page, path: Path) -> None:
    await page.click(".tile[href='#/characters/mira']")
    await page.click("#copy")
    await page.wait_for_selector("#save-card")
    await page.fill("[name=personality]", "calm, kind, a little tired")
    await page.fill("#said", "Where is the lamp?")
    await expect(page.locator(".read")).to_contain_text("a little tired")
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await page.screenshot(path=path)


if __name__ == "__main__":
    asyncio.run(take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
