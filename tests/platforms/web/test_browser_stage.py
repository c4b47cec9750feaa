"""The stage in a real browser: every part of it, by mouse and by keyboard."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.platforms.web.browser import expect_listening
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCENE = "+scene import Ann: Who is there?\n\nBen: It is me, with the letter."
LINES = ".stage .scene-line .words"


async def begin(page: Page, stage: Stage) -> None:
    """Begin a scene in this page's conversation and show it on the stage."""
    await page.request.post(f"{stage.url}api/chat", data={"text": SCENE, "stream": False})
    await page.goto(f"{stage.url}#/stage")
    await expect(page.locator(".stage .scene-line")).to_have_count(2)


async def test_a_scene_is_begun_from_the_list(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}#/stage")
    await expect(page.locator(".stage .begin h1")).to_have_text("Scenes")
    await page.set_input_files(
        ".stage .file input", files={"name": "s.txt", "mimeType": "text/plain", "buffer": b"Ann: Hi.\n\nBen: Hm."}
    )
    await expect(page.locator(".stage .scene-line")).to_have_count(2)
    await page.click("[data-do=end]")
    await expect(page.locator(".stage .begin")).to_be_visible()


async def test_candidates_are_chosen_changed_accepted_and_dropped(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    await page.select_option("#stage-number", "3")
    await expect(page.locator("#stage-send")).to_be_enabled()
    stage.engine.enqueue(" One.", " Two.", " Three.")
    await page.click("#stage-send")
    await expect(page.locator(".card-line")).to_have_count(3)
    await expect(page.locator(".scene-line.waits .who strong")).to_have_text("Ann")
    await page.click("[data-pick='2']")
    await expect(page.locator("[data-pick='2']")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(LINES).last).to_have_text("Two.")
    await page.click("[data-do=edit]")
    await page.fill(".edit-line textarea", "Two, or so.")
    await page.click(".edit-line .strong")
    await expect(page.locator(".card-line")).to_have_count(4)
    await expect(page.locator(LINES).last).to_have_text("Two, or so.")
    await page.click("[data-do=accept]")
    await expect(page.locator(".scene-line.waits")).to_have_count(0)
    await page.check("[value=narrate]")
    await page.fill("#stage-words", "Rain.")
    await page.click("#stage-send")
    await expect(page.locator(".scene-line.told.waits .words")).to_have_text("Rain.")
    await page.click("[data-do=drop]")
    await expect(page.locator(".scene-line.waits")).to_have_count(0)


async def test_everything_has_a_key(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    stage.engine.enqueue(" One.")
    await page.keyboard.press("s")
    await expect(page.locator("#stage-words")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#stage-send")).to_be_enabled()  # or Escape would stop it
    await expect(page.locator(".scene-line.waits")).to_have_count(1)
    await page.keyboard.press("Escape")  # leave the box
    stage.engine.enqueue(" Two.")
    await page.keyboard.press("m")
    await expect(page.locator(".card-line")).to_have_count(2)
    await expect(page.locator("#stage-send")).to_be_enabled()
    await page.keyboard.press("1")
    await expect(page.locator("[data-pick='1']")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("e")
    await expect(page.locator(".edit-line textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#stage-send")).to_be_enabled()
    await page.keyboard.press("a")
    await expect(page.locator(".scene-line.waits")).to_have_count(0)
    await page.keyboard.press("c")
    await expect(page.locator("#stage-mark")).to_be_focused()
    await page.keyboard.type("here")
    await page.keyboard.press("Enter")
    await expect(page.locator(".marks li span")).to_have_text("here")


async def test_whispers_and_absences_are_marked(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    await page.check("[value=whisper]")
    await page.select_option("#stage-who", "Ben")
    await page.fill("#stage-words", "The key is under the mat.")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mark", has_text="heard by Ben")).to_be_visible()
    await page.locator(".cast li", has_text="Ben").get_by_role("button").click()
    await expect(page.locator(".cast li.away")).to_have_count(1)
    await page.fill("#stage-enter", "Tom: an old sailor")
    await page.keyboard.press("Enter")
    await expect(page.locator(".cast li", has_text="Tom")).to_be_visible()


async def test_they_talk_until_stopped_and_the_scene_is_saved(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    await page.fill("#auto-lines", "20")
    await page.fill("#auto-seconds", "0")
    stage.engine.enqueue(" One.", " Two.", " word" * 400)
    stage.engine.held, stage.engine.held_after = True, 10  # in the middle of the third
    await page.click("[data-do=auto]")
    await expect(page.locator(LINES).nth(4)).to_have_text("word word")
    await page.click("[data-do=stop]")
    await expect(page.locator("[data-do=auto]")).to_be_visible()
    await expect(page.locator(LINES)).to_have_text(
        ["Who is there?", "It is me, with the letter.", "One.", "Two.", "word word"]
    )
    await page.click("[data-do=accept]")
    await expect(page.locator(".scene-line.waits")).to_have_count(0)
    for form, ending in (("markdown", ".md"), ("epub", ".epub"), ("drama", ".json")):
        async with page.expect_download() as started:
            await page.click(f"[data-form={form}]")
        assert (await started.value).suggested_filename.endswith(ending)
        await expect(page.locator("#stage-send")).to_be_enabled()


async def test_what_is_chosen_while_a_line_is_written_comes_after_it(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    stage.engine.enqueue(" word" * 400)
    stage.engine.held, stage.engine.held_after = True, 10
    await page.click("#stage-send")
    await expect(page.locator(LINES).last).to_have_text("word word")
    await expect(page.locator("[data-do=end], [data-form=text], .beside form .plain")).to_have_count(4)
    for control in await page.locator("[data-do=end], [data-form=text], .beside form .plain").all():
        await expect(control).to_be_disabled()
    await page.select_option("#stage-number", "3")
    await page.click("[data-do=stop]")
    await expect(page.locator("#stage-send")).to_be_enabled()
    await expect(page.locator("[data-do=end]")).to_be_enabled()
    await page.reload()
    await expect(page.locator("#stage-number")).to_have_value("3")


async def test_words_that_cannot_be_saved_stay_and_nobody_goes_on_meanwhile(stage: Stage, page: Page) -> None:
    page.errors_expected = True  # type: ignore[attr-defined]
    await begin(page, stage)
    await page.fill("#auto-seconds", "60")
    stage.engine.enqueue(" One.")
    await page.click("[data-do=auto]")
    await page.click("[data-do=edit]")
    await page.fill(".edit-line textarea", "One, or so.")
    await expect(page.locator("[data-do=auto]")).to_be_visible()  # nobody is waiting to speak
    await page.route("**/api/command*", lambda route: route.abort())
    await page.click(".edit-line .strong")
    await expect(page.locator("#announcer")).to_contain_text("not responding")
    await expect(page.locator(".edit-line textarea")).to_have_value("One, or so.")
    await page.unroute("**/api/command*")
    await page.click(".edit-line .strong")
    await expect(page.locator(LINES).last).to_have_text("One, or so.")


async def test_an_older_state_that_comes_late_is_not_shown(stage: Stage, page: Page) -> None:
    old, late = asyncio.Event(), asyncio.Event()

    async def state(route: Route) -> None:
        if old.is_set():
            return await route.continue_()
        answer = await route.fetch()
        old.set()
        await late.wait()
        return await route.fulfill(response=answer)

    await begin(page, stage)
    await expect_listening(page)
    await page.route("**/api/stage?*", state)
    await page.route("**/api/stage", state)
    await page.request.post(f"{stage.url}api/chat", data={"text": "+as Ben: Yes.", "stream": False})
    await old.wait()
    await page.check("[value=narrate]")
    await page.fill("#stage-words", "Rain.")
    await page.click("#stage-send")
    await expect(page.locator(LINES).last).to_have_text("Rain.")
    async with page.expect_event("requestfinished", lambda request: "api/stage" in request.url):
        late.set()
    await page.evaluate("new Promise((done) => { setTimeout(done, 0); })")
    await expect(page.locator(LINES).last).to_have_text("Rain.")


async def test_what_is_typed_while_a_line_is_written_stays(stage: Stage, page: Page) -> None:
    await begin(page, stage)
    stage.engine.enqueue(" word word.")
    stage.engine.held, stage.engine.held_after = True, 10
    await page.click("#stage-send")
    await expect(page.locator(LINES).last).to_have_text("word word")
    await page.fill("#stage-words", "Next.")
    stage.engine.held = False
    await expect(page.locator("#stage-send")).to_be_enabled()
    await expect(page.locator(LINES).last).to_have_text("word word.")
    await expect(page.locator("#stage-words")).to_have_value("Next.")
