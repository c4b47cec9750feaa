"""The conversation list in a real browser: search, export, import, pictures."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_said, idle, keep_notices, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage
from tests.waiting import until_asked

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_words_are_found_wherever_they_were_said(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("The owl sleeps by day.", "It rains.")
    await ask(page, "tell me something")
    await page.click("#new")
    await ask(page, "天気は?")
    await page.click("[data-action=undo]")
    await expect(page.locator(".said")).to_have_count(0)
    await page.fill("#sidebar input[type=search]", "OWL sleeps")
    hit = page.locator("#found .hit")
    await expect(hit.locator("mark")).to_have_text("owl sleeps")
    await keep_notices(page)
    await hit.click()
    await expect(page.locator(".exchange.sought .text")).to_have_text("The owl sleeps by day.")
    await page.fill("#sidebar input[type=search]", "天")
    await expect(hit.locator("mark")).to_have_text("天")
    await hit.click()
    await expect(page.locator("#tree-drawer .chosen-text")).to_contain_text("It rains.")  # on another branch
    await page.keyboard.press("Escape")
    await expect(page.locator("#tree-drawer")).to_have_count(0)
    await page.fill("#sidebar input[type=search]", "nowhere said")
    await expect(page.locator("#found")).to_have_count(0)


async def test_a_turn_far_up_is_found(stage: Stage, page: Page) -> None:
    for number in range(3):
        await ask(page, f"+say line {number}")
    await page.click("#new")
    log = "\n\n".join(f"User: said {number}\n\nBot: answered {number}" for number in range(450))
    await page.set_input_files("#import-file", {"name": "log.txt", "mimeType": "text/plain", "buffer": log.encode()})
    await expect(page.locator(".said").first).to_be_visible()
    await idle(page)
    await keep_notices(page)
    await page.fill("#sidebar input[type=search]", "answered 7")
    await page.get_by_role("button", name="answered 7", exact=False).last.click()
    await expect(page.locator(".exchange.sought .text")).to_have_text("answered 7")
    await expect(page.locator(".exchange.sought")).to_be_in_viewport()


async def test_out_and_in_again(stage: Stage, page: Page, tmp_path: Path) -> None:
    stage.engine.enqueue("in the first", "in the second")
    await ask(page, "about owls")
    row = page.locator("#sidebar .row.current")
    await expect(row.locator(".row-title")).to_have_text("about owls")
    await row.locator("[data-action=row-more]").click()
    async with page.expect_download() as waiting:
        await row.locator("[data-action=export]").click()
    file = tmp_path / (await waiting.value).suggested_filename
    assert file.name == "about owls.json"
    await (await waiting.value).save_as(file)
    await page.set_input_files("#import-file", file)
    await expect(page.locator(".reply.turn .text")).to_have_text("in the first")
    await expect_said(page, ["about owls", "+import"])
    await expect(page.locator("#sidebar .row-title")).to_have_text(["about owls", "about owls"])


async def test_the_picture_of_who_answers(stage: Stage, page: Page) -> None:
    await ask(page, "+character Mira")
    await expect(page.locator("#sidebar .row-line")).to_have_text("Come in.")
    face = page.locator("#sidebar .small-face")
    await until_asked(lambda: face.evaluate("image => image.complete && image.naturalWidth > 0"))


async def test_on_a_narrow_screen_the_list_takes_the_focus_and_gives_it_back(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url, width=390) as narrow:
        stage.engine.enqueue("first")
        await ask(narrow, "hello")
        await narrow.focus("[data-action=list]")
        await narrow.keyboard.press("Enter")
        await expect(narrow.locator("#new")).to_be_focused()
        await narrow.focus("#sidebar [data-action=row-more]")
        await narrow.keyboard.press("Enter")
        await narrow.locator(".row-choices").wait_for()
        await narrow.keyboard.press("Escape")
        await expect(narrow.locator("#sidebar")).to_be_hidden()
        await expect(narrow.locator("[data-action=list]")).to_be_focused()
