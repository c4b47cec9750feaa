"""The settings drawer in a real browser: sliders, presets, and reset."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.platforms.web.browser import ask, expect_script
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FITS = "[...document.querySelectorAll('#settings-drawer *')].every((one) => one.getBoundingClientRect().right <= 391)"


async def test_a_slider_changes_how_answers_are_drawn(stage: Stage, page: Page) -> None:
    await page.click("#settings-button")
    drawer = page.locator("#settings-drawer")
    slider = drawer.locator("input[type=range][name=temperature]")
    await slider.fill("0.5")
    await expect(drawer.locator(".parameter.own #set-temperature")).to_have_value("0.5")
    await drawer.locator("input[type=number][name=top_k]").fill("7")
    await page.keyboard.press("Tab")
    await expect(drawer.locator(".parameter.own")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    stage.engine.enqueue("drawn")
    await ask(page, "hello")
    sampling = stage.engine.requests[-1].sampling
    assert (sampling.temperature, sampling.top_k) == (0.5, 7)
    await page.click("#settings-button")
    await page.click(".parameter.own:has(#set-temperature) button")
    await expect(drawer.locator(".parameter.own")).to_have_count(1)
    await page.click("#settings-reset")
    await expect(drawer.locator(".parameter.own")).to_have_count(0)


async def test_a_preset_is_chosen(stage: Stage, page: Page) -> None:
    await page.click("#settings-button")
    await page.select_option("#settings-drawer select[name=preset]", "chatrwkv")
    await expect(page.locator("#set-temperature")).to_have_value("1.2")
    await page.reload()
    await page.click("#settings-button")
    await expect(page.locator("#settings-drawer select[name=preset]")).to_have_value("chatrwkv")
    await page.select_option("#settings-drawer select[name=preset]", "")
    await expect(page.locator("#set-temperature")).not_to_have_value("1.2")


async def test_a_value_out_of_range_is_refused_with_its_range(page: Page) -> None:
    await page.click("#settings-button")
    await page.fill("#set-temperature", "9")
    await page.keyboard.press("Tab")
    await expect(page.locator("#announcer.toast")).to_contain_text("0 – 5")
    await expect(page.locator(".parameter.own")).to_have_count(0)


async def test_a_phone_shows_all_of_it(stage: Stage, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.click("#settings-button")
    await page.wait_for_selector("#set-temperature")
    await expect_script(page, FITS, True)


async def test_for_all_my_conversations(stage: Stage, page: Page) -> None:
    await page.click("#settings-button")
    await page.get_by_label("All my conversations").check()
    await page.locator("#set-temperature").fill("0.3")
    await page.keyboard.press("Tab")
    await expect(page.locator(".parameter.own")).to_have_count(1)
    await page.get_by_label("This conversation").check()
    await expect(page.locator(".overridden")).to_have_text("Your setting for all conversations applies: 0.3")
    await page.keyboard.press("Escape")
    await expect(page.locator("#settings-drawer")).to_have_count(0)
    await ask(page, "hello")
    assert stage.engine.requests[-1].sampling.temperature == 0.3
    await page.click("#new")
    await ask(page, "hello again")
    assert stage.engine.requests[-1].sampling.temperature == 0.3


async def test_settings_that_come_late_do_not_replace_the_others(stage: Stage, page: Page) -> None:
    asked, late = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if "scope=channel" in route.request.url:
            asked.set()
            await late.wait()
        await route.continue_()

    await page.route("**/api/settings*", hold)
    await page.click("#settings-button")
    await asked.wait()
    await page.get_by_label("All my conversations").check()
    await page.fill("#set-temperature", "0.3")
    await page.keyboard.press("Tab")
    await expect(page.locator(".parameter.own")).to_have_count(1)
    async with page.expect_event("requestfinished", lambda request: "scope=channel" in request.url):
        late.set()
    await page.evaluate("new Promise((done) => { setTimeout(done, 0); })")
    await expect(page.locator(".parameter.own #set-temperature")).to_have_value("0.3")
