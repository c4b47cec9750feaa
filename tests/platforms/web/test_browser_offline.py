"""Once visited, the page opens without the server, and shows no conversation content."""

import pytest
from playwright.async_api import expect

from bot.platforms.web.assets.static_files import version
from tests.platforms.web.browser import ask, loaded, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KEPT = "caches.open('roost-page').then((cache) => cache.keys()).then((all) => all.map((request) => request.url))"


async def test_the_page_without_a_network(stage: Stage) -> None:
    stage.engine.enqueue("first")
    async with open_page(stage.browser, stage.url, worker=True) as page:
        page.errors_expected = True  # type: ignore[attr-defined]
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.reload()  # its files now go through the service worker
        await ask(page, "one")
        kept = await page.evaluate(KEPT)
        assert any(url.endswith(f"/static/{version()}/app/app.js") for url in kept)
        assert not any("/api/" in url for url in kept)
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.locator("#input")).to_be_visible()
        await expect(page.locator(".reply.turn")).to_have_count(0)
        await page.context.set_offline(False)
        await page.reload()
        await expect(page.locator(".reply.turn .text")).to_have_text("first")


async def test_files_of_an_older_version_are_dropped(stage: Stage) -> None:
    stage.engine.forget_scripts()
    old = f"{stage.url}static/{'0' * 16}/app/app.js"
    async with open_page(stage.browser, stage.url, worker=True) as page:
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.evaluate(
            "(url) => caches.open('roost-page').then((cache) => cache.put(url, new Response('old')))", old
        )
        assert old in await page.evaluate(KEPT)
        await page.reload()
        await loaded(page)
        kept = await page.evaluate(KEPT)
        assert old not in kept
        assert f"{stage.url}static/{version()}/app/app.js" in kept
