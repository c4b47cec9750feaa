"""axe-core finds nothing that bars people from the gallery, a card's page and the drawer of role play."""

import json

import pytest
from playwright.async_api import FilePayload

from tests.library.cards.making import v2
from tests.platforms.web.browser import ask, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage
from tests.platforms.web.test_browser_axe import AXE, violations
from tests.platforms.web.test_browser_gallery import TOCK, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize(("width", "dark", "locale"), [(390, False, "ja"), (820, True, "zh-CN"), (1440, False, "en")])
async def test_no_violation(stage: Stage, width: int, dark: bool, locale: str) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core in build/ (make axe)")
    async with open_page(stage.browser, stage.url, width=width, dark=dark, locale=locale) as page:
        await page.emulate_media(reduced_motion="reduce")
        await page.evaluate(AXE.read_text("utf-8"))
        await ask(page, "hello")
        await page.click("#play-button")
        await page.wait_for_selector(".read-text")
        assert await violations(page) == []
        await shot(page, f"play-{width}")
        await page.keyboard.press("Escape")
        await page.goto(stage.url + "#/characters")
        card = json.dumps(v2(TOCK)).encode()
        file: FilePayload = {"name": "tock.json", "mimeType": "application/json", "buffer": card}
        await page.set_input_files("#cards", file)
        await page.wait_for_selector(".tile[href='#/characters/tock']")
        assert await violations(page) == []
        await shot(page, f"gallery-{width}")
        await page.click(".tile[href='#/characters/tock']")
        await page.click("[data-entry='0'] summary")
        await page.fill("#said", "the key")
        await page.wait_for_selector(".fired li")
        assert await violations(page) == []
        await shot(page, f"card-{width}")
