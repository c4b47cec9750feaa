"""axe-core finds nothing that bars people from the page: light and dark, on a phone and on a desk, every drawer."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.platforms.web.browser import ask, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AXE = Path(__file__).parents[3] / "build" / "axe" / "axe.min.js"  # `make axe` fetches it
TEXT = "**a** [b](https://example.org) `c`\n> d\n```py\ne\n```\n- [ ] f\n\n| g | h |\n|---|---|\n| 1 | 2 |"


async def violations(page: Page) -> list[str]:
    script = (
        "axe.run().then((found) => found.violations.flatMap("
        "(one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`)))"
    )
    found: list[str] = await page.evaluate(script)
    return found


@pytest.mark.parametrize(("width", "dark", "locale"), [(390, False, "ja"), (820, True, "zh-CN"), (1440, False, "en")])
async def test_no_violation(stage: Stage, width: int, dark: bool, locale: str) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core in build/ (make axe)")
    async with open_page(stage.browser, stage.url, width=width, dark=dark, locale=locale) as page:
        await page.emulate_media(reduced_motion="reduce")  # what is still fading in has little contrast
        await page.evaluate(AXE.read_text("utf-8"))
        assert await violations(page) == []
        stage.engine.enqueue(TEXT, "another", finish_reason="timeout")
        await ask(page, "hello")
        await page.click(".exchange.last [data-action=again]")
        await page.wait_for_selector(".place")
        await ask(page, "+export")
        await ask(page, "+nonsense")
        assert await violations(page) == []
        for button, ready in (("#settings-button", "#set-temperature"), ("#tree-button", ".dot.chosen")):
            await page.click(button)
            await page.wait_for_selector(ready)
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await page.wait_for_selector("dialog.drawer", state="detached")
