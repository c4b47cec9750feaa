"""Every part at every width, light and dark, in every language: it fits, is readable, and needs no mouse."""

from collections.abc import AsyncIterator
from itertools import product

import pytest
import pytest_asyncio

from bot.i18n import LANGUAGES
from tests.platforms.web.browser import open_page
from tests.platforms.web.inspection import keyboard_faults, layout_faults, violations, words_not_in
from tests.platforms.web.parts import PARTS, Parts, open_parts
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage
from tests.waiting import lasting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
HEIGHTS = {390: 844, 820: 1180, 1440: 900}
QUICK = [(390, False, "ja"), (820, True, "zh_CN"), (1440, False, "en")]
ALL = [
    pytest.param(*cell, marks=[] if cell in QUICK else pytest.mark.slow, id="-".join(map(str, cell)))
    for cell in product(HEIGHTS, (False, True), LANGUAGES)
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(stage: Stage) -> AsyncIterator[Parts]:
    sign_in = "Failed to load resource: the server responded with a status of 40"  # missing token or invitation
    async with open_page(stage.browser, stage.url, expected=sign_in) as page, open_parts(stage, page) as parts:
        yield parts


async def show(parts: Parts, width: int, dark: bool, language: str) -> None:
    """Show the same page at another size; a language takes effect at the next load."""
    page = parts.page
    await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    await page.context.add_cookies([{"name": "roost_language", "value": language, "url": parts.stage.url}])
    await page.goto("about:blank")


@pytest.mark.parametrize(("width", "dark", "language"), ALL)
async def test_every_part(parts: Parts, width: int, dark: bool, language: str) -> None:
    await show(parts, width, dark, language)
    faults: list[str] = []
    for name in PARTS:
        await parts.open(name)
        found = await lasting(lambda: layout_faults(parts.page))
        found += await lasting(lambda: words_not_in(parts.page, language))
        found += await lasting(lambda: violations(parts.page))
        found += await keyboard_faults(parts.page)
        faults += [f"{name}: {one}" for one in found]
        await parts.page.keyboard.press("Escape")
    assert faults == []
