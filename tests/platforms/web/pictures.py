"""Pictures for README.md and docs/: every part of the page, with the bundled model, in a real browser.

``make pictures``, or ``python -m tests.platforms.web.pictures [FOLDER]``, renews them in docs/images.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.app import open_app
from bot.config.schema import BotSection, Config, PluginsSection, WebSection
from bot.platform_specs import make_web
from bot.platforms.web.web_platform import WebPlatform
from tests.platforms.web.browser import ask, idle, open_browser, open_page
from tests.platforms.web.inspection import layout_faults

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
NAMES = ("conversation", "web-desk", "web-answers", "web-about", "web-tree", "web-settings", "web-play", "web-phone",
         "web-shared", "web-owner", "characters-gallery", "characters-card", "stage")  # fmt: skip
TALK = ("Hello! My name is Mira.", "I live in Lisbon, and I have a cat called Biscuit.", "What can you do?",
        "What is my cat called?", "And what is my name?")  # fmt: skip
PATIENCE_MS = 240_000  # the machine may be busy
SEED = 7
# The same font on every machine; users' browsers use their system's fonts.
FONT = "document.documentElement.style.setProperty('--body', '\"Noto Sans CJK JP\", sans-serif')"
DESK: ViewportSize = {"width": 1180, "height": 760}


@dataclass
class Camera:
    """A page, and the folder for its pictures. ``faults``: what is cut off or out of sight in one of them."""

    page: Page
    folder: Path
    faults: list[str]

    async def take(self, name: str) -> None:
        await self.page.evaluate(FONT)
        await self.page.mouse.move(0, 0)
        await self.page.evaluate("document.activeElement.blur()")
        await expect(self.page.locator(".toast")).to_have_count(0)
        self.faults += [f"{name}: {fault}" for fault in await layout_faults(self.page)]
        await self.page.screenshot(path=self.folder / f"{name}.png")

    async def go(self, address: str) -> None:
        await self.page.evaluate("where => { location.hash = where; }", address)

    async def drawer(self, button: str, ready: str, name: str) -> None:
        await self.page.click(button)
        await self.page.wait_for_selector(ready)
        await self.take(name)
        await self.page.keyboard.press("Escape")


@asynccontextmanager
async def open_site() -> AsyncIterator[tuple[Browser, str, str]]:
    """Run the whole program; yield a browser, the page's URL, and an owner link."""
    with tempfile.TemporaryDirectory() as data:
        config = Config(bot=BotSection(data=data), web=WebSection(port=0), plugins=PluginsSection(enabled=False))
        async with open_app(config, seed=SEED) as app, open_browser() as browser:
            web = make_web(app)
            assert isinstance(web, WebPlatform)
            assert await app.start(web)
            yield browser, web.url, web.owner_link()


async def talk(camera: Camera) -> None:
    page = camera.page
    for line in TALK:
        await ask(page, line)
    await page.click(".exchange.last [data-action=again]")
    await page.wait_for_selector(".place")
    await idle(page)
    await camera.take("conversation")
    await page.set_viewport_size(DESK)


async def talk_parts(camera: Camera) -> None:
    """Take pictures of the drawers and dialogs of a conversation."""
    page = camera.page
    await page.click(".exchange.last [data-action=answers]")
    await page.wait_for_selector(".answer.current")
    await camera.take("web-answers")
    await page.click(".exchange.last [data-action=answers]")
    await page.click(".exchange.last [data-action=about]")
    await page.click("[data-action=probabilities]")
    await page.wait_for_selector(".token")
    await camera.take("web-about")
    await page.click(".exchange.last [data-action=about]")
    await page.locator("[data-action=go]").nth(1).click()
    await expect(page.locator(".said")).to_have_count(2)
    await ask(page, "Do you like cats?")
    await ask(page, "Tell me a story about a fox.")
    await camera.take("web-desk")
    await camera.drawer("#tree-button", ".dot.chosen", "web-tree")
    await camera.drawer("#settings-button", "#set-temperature", "web-settings")
    await camera.drawer("#play-button", ".read-text", "web-play")
    await page.set_viewport_size({"width": 390, "height": 760})
    await page.click("#theme")
    await camera.take("web-phone")
    await page.click("#theme")
    await page.set_viewport_size(DESK)


async def characters(camera: Camera) -> None:
    page = camera.page
    await camera.go("#/characters")
    await page.wait_for_selector(".tile")
    for picture in await page.locator(".portrait").all():
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("complete", value=True)
    await page.locator(".tile").first.scroll_into_view_if_needed()
    await page.evaluate("document.querySelector('#view').scrollTop = 0")
    await camera.take("characters-gallery")
    await page.click(".tile[href='#/characters/mira']")
    await page.click("#copy")
    await page.wait_for_selector("#save-card")
    await page.fill("[name=personality]", "calm, kind, a little tired")
    await page.fill("#said", "Where is the lamp?")
    await expect(page.locator(".read")).to_contain_text("a little tired")
    await page.evaluate("document.querySelector('#view').scrollTop = 0")
    await camera.take("characters-card")


async def scene(camera: Camera) -> None:
    page = camera.page
    await page.click("#new")
    await page.wait_for_selector("#empty")
    await camera.go("#/stage")
    await page.click("[data-scene='harbour/storm-night']")
    await page.wait_for_selector(".stage .scene-line")
    await page.select_option("#stage-number", "3")
    await expect(page.locator("#stage-send")).to_be_enabled()
    await page.click("#stage-send")
    await page.wait_for_selector(".card-line")
    await expect(page.locator("#stage-send")).to_be_enabled()
    await camera.take("stage")


async def owner_and_shared(camera: Camera, address: str) -> None:
    page = camera.page
    await camera.go("#/owner")
    await page.wait_for_selector("#view .facts")
    await camera.take("web-owner")
    answer = await page.request.post(f"{address}api/share")
    await page.goto(address + (await answer.json())["path"])
    await page.wait_for_selector(".reply")
    await camera.take("web-shared")


async def take_pictures(folder: Path) -> tuple[list[str], list[str]]:
    """Return the bot's replies, and what is cut off in a picture."""
    async with (
        open_site() as (browser, address, owner_link),
        open_page(browser, address, width=820, height=720, scale=1.5) as page,
    ):
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        await page.emulate_media(reduced_motion="reduce")
        await page.goto(owner_link)
        await page.click("form button")
        await page.wait_for_selector("#empty")
        camera = Camera(page, folder, [])
        await talk(camera)
        replies = await page.locator(".reply.turn .text").all_inner_texts()
        await talk_parts(camera)
        await characters(camera)
        await scene(camera)
        await owner_and_shared(camera, address)
        return replies, camera.faults


if __name__ == "__main__":
    words, cut = asyncio.run(take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
    print(*words, *cut, sep="\n")
