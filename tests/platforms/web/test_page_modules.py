"""The page's modules are declared before its first script runs."""

import re

import pytest
from playwright.async_api import Page

from bot.platforms.web.page_modules import STATIC, modules_of
from bot.platforms.web.template import render_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage


def test_the_largest_come_first_and_later_ones_not_at_all() -> None:
    found = modules_of("app.js")
    assert found[0] == max(found, key=lambda name: (STATIC / name).stat().st_size)
    assert {"app.js", "vendor/preact.js", "vendor/markdown-it.js", "talk.js"} <= set(found)
    assert not {"tree.js", "settings.js", "vendor/d3-hierarchy.js", "views/owner/owner.js"} & set(found)


def test_the_head_names_them() -> None:
    named = re.findall(r'<link rel="modulepreload" href="static/([^"]+)">', render_page("en", "Roost", {}))
    assert tuple(named) == modules_of("app.js")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
async def test_a_browser_asks_for_no_other_module(stage: Stage, page: Page) -> None:
    script = "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => /\\.js$/.test(name))"
    urls: list[str] = await page.evaluate(script)
    assert {url.partition("/static/")[2] for url in urls} == {*modules_of("app.js"), "theme.js"}
