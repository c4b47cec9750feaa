"""What a slow network sees: few requests until a message can be sent, and nothing typed meanwhile is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from bot.platforms.web.assets.static_files import version
from tests.platforms.web.browser import WAIT_MS, ask, idle
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
NEEDED = {"", f"static/{version()}/page.css", f"static/{version()}/app/app.js", "api/history", "api/conversations"}


class Network:
    """Holds back the requests that ``waits`` names until ``open`` is called."""

    def __init__(self, home: str, waits: Callable[[str], bool]) -> None:
        self._home = home
        self._waits = waits
        self._opened = asyncio.Event()
        self.asked: list[str] = []  # paths in order

    def open(self) -> None:
        self._opened.set()

    async def pass_on(self, route: Route) -> None:
        path = route.request.url.removeprefix(self._home).partition("?")[0].partition("#")[0]
        self.asked.append(path)
        if self._waits(path):
            await self._opened.wait()
        await route.continue_()


@asynccontextmanager
async def slow_page(
    stage: Stage, waits: Callable[[str], bool], *, phone: bool = False
) -> AsyncIterator[tuple[Page, Network]]:
    """Open the page and return as soon as its HTML is there."""
    context = await stage.browser.new_context(service_workers="block", has_touch=phone, is_mobile=phone)
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    page = await context.new_page()
    network = Network(stage.url, waits)
    await page.route("**/*", network.pass_on)
    await page.goto(stage.url, wait_until="commit")
    try:
        yield page, network
    finally:
        network.open()
        await page.unroute_all(behavior="wait")
        await context.close()


async def test_a_message_can_be_sent_after_five_requests(stage: Stage) -> None:
    stage.engine.forget_scripts()
    stage.engine.enqueue("**first** ||secret||")
    async with slow_page(stage, lambda path: path not in NEEDED | {"api/chat"}) as (page, network):
        await page.fill("#input", "hello")
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn .plain-text, .reply .plain-text")).to_have_text("**first** …")
        assert set(network.asked) >= NEEDED
        assert [path for path in network.asked if path.endswith(".css")] == [f"static/{version()}/page.css"]
        network.open()
        await expect(page.locator(".reply.turn strong")).to_have_text("first")
        await expect(page.locator(".plain-text")).to_have_count(0)


async def test_what_is_typed_before_the_scripts_run_is_kept(stage: Stage) -> None:
    stage.engine.forget_scripts()
    async with slow_page(stage, lambda path: path.endswith("app.js")) as (page, network):
        box = page.locator("#input")
        await expect(box).to_be_focused()
        await page.keyboard.type("hel")
        await page.evaluate("document.getElementById('input').mark = 'the same'")
        network.open()
        await expect(page.locator("#prompt")).not_to_be_empty()
        await expect(box).to_be_focused()
        await page.keyboard.type("lo")
        await expect(box).to_have_value("hello")
        assert await page.evaluate("document.getElementById('input').mark") == "the same"  # so input methods go on
        await page.reload()  # as a draft
        await expect(page.locator("#prompt")).not_to_be_empty()
        await expect(box).to_have_value("hello")


async def test_a_draft_is_there_at_once(stage: Stage) -> None:
    waiting = False
    async with slow_page(stage, lambda path: waiting and path.endswith("app.js")) as (page, network):
        await expect(page.locator("#prompt")).not_to_be_empty()
        await page.fill("#input", "half a tho")
        waiting = True
        await page.reload(wait_until="commit")
        await expect(page.locator("#input")).to_have_value("half a tho")
        await expect(page.locator("#prompt")).to_have_count(0)
        await expect(page.locator("#input")).to_be_focused()
        await page.keyboard.type("ught")
        network.open()
        await expect(page.locator("#prompt")).not_to_be_empty()
        await expect(page.locator("#input")).to_have_value("half a thought")


async def test_enter_before_the_scripts_run_sends_once(stage: Stage) -> None:
    stage.engine.forget_scripts()
    stage.engine.enqueue("answered", "again")
    async with slow_page(stage, lambda path: path.endswith("app.js")) as (page, network):
        await expect(page.locator("#input")).to_be_focused()
        await page.keyboard.type("hello")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator("#input")).to_have_value("hello")
        network.open()
        await expect(page.locator(".reply.turn .text")).to_have_text("answered")
        await expect(page.locator("#input")).to_have_value("")
        await ask(page, "more")
        await expect(page.locator(".reply.turn .text")).to_have_text(["answered", "again"])
        assert network.asked.count("api/chat") == 2


async def test_a_message_waits_for_the_history(stage: Stage) -> None:
    """Otherwise it would be shown, and looked for after a lost connection, as if the conversation were new."""
    stage.engine.forget_scripts()
    stage.engine.enqueue("one", "two")
    waiting = False
    async with slow_page(stage, lambda path: waiting and path == "api/history") as (page, network):
        await ask(page, "hello")
        waiting = True
        await page.reload(wait_until="commit")
        await page.wait_for_selector("#messages", state="attached")
        await page.fill("#input", "hello")
        await page.keyboard.press("Enter")
        await expect(page.locator("#input")).to_have_value("hello")
        assert network.asked.count("api/chat") == 1
        network.open()
        await expect(page.locator(".reply.turn .text")).to_have_text(["one", "two"])
        await idle(page)


async def test_on_a_phone_the_keyboard_stays_away_and_enter_makes_a_line(stage: Stage) -> None:
    async with slow_page(stage, lambda path: path.endswith("app.js"), phone=True) as (page, network):
        box = page.locator("#input")
        await expect(box).to_be_visible()
        await expect(box).not_to_be_focused()
        await box.tap()
        await page.keyboard.type("a")
        await page.keyboard.press("Enter")
        await page.keyboard.type("b")
        network.open()
        await expect(page.locator("#prompt")).not_to_be_empty()
        await expect(box).to_have_value("a\nb")


async def test_another_part_of_the_page_shows_no_message_box_meanwhile(stage: Stage) -> None:
    async with slow_page(stage, lambda path: path.endswith("app.js")) as (page, network):
        network.open()
        await expect(page.locator("#prompt")).not_to_be_empty()
        await page.goto("about:blank")
        await page.goto(f"{stage.url}#/stage", wait_until="commit")
        await expect(page.locator("#view")).to_be_visible()
        await expect(page.locator("#input")).to_have_count(0)
        await page.evaluate("location.hash = '#/talk/-'")
        await expect(page.locator("#input")).to_be_visible()


async def test_everything_is_asked_for_once(stage: Stage) -> None:
    async with slow_page(stage, lambda _: False) as (page, network):
        await expect(page.locator("#prompt")).not_to_be_empty()
        await until(lambda: any(path.endswith("growing_text.js") for path in network.asked))
        scripts = [path for path in network.asked if path.endswith(".js") and path != "worker.js"]
        assert sorted(scripts) == [f"static/{version()}/app/app.js", f"static/{version()}/app/growing_text.js"]
