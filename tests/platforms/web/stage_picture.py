"""The picture of docs/scenes.md: a real scene with the bundled model, on the stage, in a real browser.

``python -m tests.platforms.web.stage_picture [FILE]`` renews docs/images/stage.png.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from bot.app import open_app
from bot.config.schema import BotSection, Config, PluginsSection, WebSection
from bot.platform_specs import make_web
from tests.platforms.web.browser import open_browser, open_page
from tests.platforms.web.picture import FONT, PATIENCE_MS, SEED

PICTURE = Path(__file__).resolve().parents[3] / "docs" / "images" / "stage.png"


async def play(page: Page) -> None:
    await page.evaluate("location.hash = '#/stage'")
    await page.locator(".stage .scenes button", has_text="storm-night").click()
    await page.wait_for_selector(".stage .scene-line")
    await page.select_option("#stage-number", "3")
    await expect(page.locator("#stage-send")).to_be_enabled()
    await page.click("#stage-send")
    await page.wait_for_selector(".card-line")
    await expect(page.locator("#stage-send")).to_be_enabled()


async def take_picture(path: Path) -> list[str]:
    """Play, take the picture, return the lines."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(bot=BotSection(data=folder), web=WebSection(port=0), plugins=PluginsSection(enabled=False))
        async with open_app(config, seed=SEED) as app, open_browser() as browser:
            web = make_web(app)
            assert web is not None
            assert await app.start(web)
            async with open_page(browser, web.describe().split()[1], width=1200, height=860, scale=2) as page:
                page.set_default_timeout(PATIENCE_MS)
                await page.evaluate(FONT)
                await play(page)
                path.parent.mkdir(parents=True, exist_ok=True)
                await page.screenshot(path=path)
                return await page.locator(".scene-line .words").all_inner_texts()


if __name__ == "__main__":
    for words in asyncio.run(take_picture(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)):
        print("-", words)
