"""Talking on the page in a real browser, with real conversations in a real database and a fake model."""

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_listening, expect_replies, expect_said, idle, open_page, say
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_send_and_stream(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("The **owl** sat in a tree." + " And sat." * 20)
    stage.engine.held, stage.engine.held_after = True, 0
    await say(page, "hello")
    await page.wait_for_selector(".dots")
    stage.engine.held_after = 20
    await expect(page.locator(".reply[aria-busy=true] .text")).to_contain_text("The owl")
    stage.engine.held = False
    await idle(page)
    await expect_replies(page, ["The owl sat in a tree." + " And sat." * 20])
    await expect(page.locator(".reply strong")).to_have_text("owl", use_inner_text=True)
    await expect_said(page, ["hello"])
    await expect(page.locator("#input")).to_have_value("")
    await expect(page.locator("#announcer")).to_have_text("The **owl** sat in a tree." + " And sat." * 20)


async def test_enter_sends_and_shift_enter_does_not(stage: Stage, page: Page) -> None:
    await page.fill("#input", "one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    stage.engine.enqueue("yes")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-action=again]")
    await expect_said(page, ["one\ntwo"])
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#input")).to_have_value("one\ntwo")


async def test_stop_keeps_what_was_written(stage: Stage, page: Page) -> None:
    stage.engine.enqueue(" word" * 400)
    stage.engine.held, stage.engine.held_after = True, 15
    await say(page, "talk for long")
    await expect(page.locator(".reply .text")).to_have_text("word word word")
    await page.click("#send.stop")
    await idle(page)
    await expect_replies(page, ["word word word"])
    await expect(page.locator(".note")).to_have_text("Stopped here.", use_inner_text=True)
    await page.reload()
    await expect_replies(page, ["word word word"])
    await expect(page.locator(".note")).to_have_text("Stopped here.", use_inner_text=True)


async def test_escape_stops_too(stage: Stage, page: Page) -> None:
    stage.engine.enqueue(" word" * 400)
    stage.engine.held, stage.engine.held_after = True, 15
    await say(page, "talk for long")
    await expect(page.locator(".reply .text")).to_have_text("word word word")
    await page.keyboard.press("Escape")
    await idle(page)
    await expect(page.locator(".note")).to_have_count(1)


async def test_another_answer_and_the_arrows(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "third")
    await ask(page, "hello")
    await expect(page.locator(".place")).to_have_count(0)
    for _ in range(2):
        await page.click("[data-action=again]")
        await idle(page)
    await expect_replies(page, ["third"])
    await expect(page.locator(".place")).to_have_text("3/3", use_inner_text=True)
    await expect(page.locator("[data-action=right]")).to_be_disabled()
    await page.click("[data-action=left]")
    await expect(page.locator(".place")).to_have_text("2/3")
    await expect_replies(page, ["second"])
    await expect(page.locator(".place")).to_have_attribute("aria-label", "2/3: Answer 2 of 3")
    await page.click("[data-action=right]")
    await expect(page.locator(".place")).to_have_text("3/3")
    await expect_said(page, ["hello"])


async def test_the_arrow_keys_choose_among_the_answers(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "third")
    await ask(page, "hello")
    await page.focus("#input")
    for answer in ("second", "third"):  # to the right of the last one is another one
        await page.keyboard.press("ArrowRight")
        await expect_replies(page, [answer])
        await idle(page)
    await page.keyboard.type("x")
    await page.keyboard.press("ArrowLeft")  # moves the cursor
    await page.keyboard.press("Delete")
    await page.keyboard.press("ArrowLeft")
    await expect_replies(page, ["second"])
    await page.keyboard.press("ArrowRight")
    await expect_replies(page, ["third"])


async def test_continue_writes_on_in_the_same_place(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("The owl sat", " in a tree.", finish_reason="length")
    await ask(page, "hello")
    await page.click("[data-action=continue]")
    await expect(page.locator(".reply .text")).to_have_text("The owl sat in a tree.")
    await idle(page)
    await page.reload()
    await expect(page.locator(".reply .text")).to_have_text("The owl sat in a tree.")


async def test_undo_and_reload(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "one")
    await ask(page, "two")
    await expect_replies(page, ["first", "second"])
    await page.click("[data-action=undo]")
    await expect(page.locator(".said")).to_have_count(1)
    await expect_replies(page, ["first"])
    await page.reload()
    await expect(page.locator(".said")).to_have_count(1)
    await expect_replies(page, ["first"])


async def test_reset_asks_first_and_undo_takes_it_back(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first")
    await ask(page, "one")
    await page.click("#reset")
    await page.click("#confirm button[value=no]")
    await expect_said(page, ["one"])
    await page.click("#reset")
    await page.click("#confirm button[value=yes]")
    await expect(page.locator(".said")).to_have_count(0)
    await expect(page.locator("#empty")).to_be_visible()
    await say(page, "+undo")
    await expect(page.locator(".reply.turn .text")).to_have_text("first")
    await expect(page.locator(".exchange").last.locator(".said")).to_have_text("You:\n+undo", use_inner_text=True)


async def test_another_visitor_sees_nothing_of_it(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("a secret")
    await ask(page, "tell me")
    async with open_page(stage.browser, stage.url) as other:
        await expect_said(other, [])
        await expect(other.locator("#empty")).to_be_visible()


async def test_errors_are_shown_as_such_and_can_be_tried_again(stage: Stage, page: Page) -> None:
    stage.engine.enqueue_error(RuntimeError("broken"))
    stage.engine.enqueue("all is well")
    await ask(page, "hello")
    error = page.locator(".reply.error[role=alert]")
    await expect(error).to_contain_text("Something went wrong")
    await page.click(".retry")
    await expect(page.locator(".reply.turn .text")).to_have_text("all is well")
    await idle(page)
    await expect(page.locator(".reply.error")).to_have_count(0)
    await expect_said(page, ["hello"])
    await say(page, "+nonsense")
    await expect(page.locator(".reply.error .text")).to_contain_text("nonsense")
    await expect(page.locator(".retry")).to_have_count(0)


async def test_a_failed_other_answer_leaves_the_first(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("the first")
    await ask(page, "hello")
    stage.engine.enqueue_error(RuntimeError("broken"))
    await page.click("[data-action=again]")
    await page.wait_for_selector(".reply.error")
    await idle(page)
    await expect(page.locator(".reply.turn .text")).to_have_text("the first")
    await expect(page.locator("[data-action=again]")).to_have_count(1)


async def test_the_second_tab_follows_the_first(stage: Stage, page: Page) -> None:
    second = await page.context.new_page()
    await second.goto(stage.url)
    await expect(second.locator("#prompt")).not_to_be_empty()
    await expect_listening(second)
    stage.engine.enqueue("seen in both")
    await ask(page, "hello")
    await expect(second.locator(".reply .text")).to_have_text("seen in both")
    assert await stage.web.announce("The model changes at nine.") == 1  # visitor
    await expect(second.locator(".reply.info .text")).to_have_text("The model changes at nine.")
