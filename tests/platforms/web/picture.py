"""The README's picture: a real conversation with the bundled model, in a real browser.

``python -m tests.platforms.web.picture [FILE]`` renews docs/images/conversation.png.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page

from bot.app import open_app
from bot.config.schema import BotSection, Config, PluginsSection, StoreSection, WebSection
from bot.platform_specs import make_web
from tests.platforms.web.browser import ask, open_browser, open_page

PICTURE = Path(__file__).resolve().parents[3] / "docs" / "images" / "conversation.png"
TALK = ("Hello! My name is Mira.", "I live in Lisbon, and I have a cat called Biscuit.", "What can you do?",
        "What is my cat called?", "And what is my name?")  # fmt: skip
PATIENCE_MS = 120_000  # a machine may be busy
SEED = 3
# The same letters on every machine; a person's browser takes its system's own.
FONT = "document.documentElement.style.setProperty('--body', '\"Noto Sans CJK JP\", sans-serif')"


async def talk(page: Page) -> None:
    for line in TALK:
        await ask(page, line)
    await page.click(".exchange.last [data-action=again]")
    await page.wait_for_selector(".place")
    await page.wait_for_selector(".running", state="detached")


async def take_picture(path: Path) -> list[str]:
    """Talk, take the picture, return the bot's words."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            bot=BotSection(data=folder), web=WebSection(port=0), plugins=PluginsSection(enabled=False),
            store=StoreSection(),
        )  # fmt: skip
        async with open_app(config, seed=SEED) as app, open_browser() as browser:
            web = make_web(app)
            assert web is not None
            assert await app.start(web)
            address = web.describe().split()[1]
            async with open_page(browser, address, width=820, height=720, scale=2) as page:
                page.set_default_timeout(PATIENCE_MS)
                await page.evaluate(FONT)
                await talk(page)
                await page.mouse.move(0, 0)
                await page.evaluate("document.activeElement.blur()")
                path.parent.mkdir(parents=True, exist_ok=True)
                await page.screenshot(path=path)
                return await page.locator(".reply.turn .text").all_inner_texts()


if __name__ == "__main__":
    for words in asyncio.run(take_picture(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)):
        print("-", words)
