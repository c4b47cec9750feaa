"""Replies survive page reloads, broken connections and server restarts."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from bot.errors import Busy
from tests.platforms.web.browser import (
    ask,
    expect_listening,
    expect_replies,
    expect_said,
    expect_script,
    idle,
    keep_notices,
    loaded,
    open_page,
    say,
)
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_page_that_is_loaded_again_goes_on_with_the_reply(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("start" + " word" * 60 + " end.")
    stage.engine.held, stage.engine.held_after = True, 20
    await say(page, "talk for long")
    for _ in range(3):
        await expect(page.locator(".reply .text")).to_have_text("start word word word")
        await page.reload()
    stage.engine.held = False
    await expect(page.locator(".reply .text")).to_contain_text("end.")
    await idle(page)
    await expect_replies(page, ["start" + " word" * 60 + " end."])
    await expect_said(page, ["talk for long"])


async def test_a_page_that_is_closed_cuts_nothing(stage: Stage, page: Page) -> None:
    other = await page.context.new_page()
    await other.goto(stage.url)
    stage.engine.enqueue("start" + " word" * 40 + " end.")
    stage.engine.held, stage.engine.held_after = True, 20
    await say(other, "talk for long")
    await expect(other.locator(".reply .text")).to_have_text("start word word word")
    await other.close()
    stage.engine.held = False
    await expect(page.locator(".reply .text")).to_contain_text("end.")
    await idle(page)
    await expect(page.locator(".note")).to_have_count(0)


async def test_a_draft_survives(page: Page) -> None:
    await page.fill("#input", "not sent yet")
    await page.reload()
    await expect(page.locator("#input")).to_have_value("not sent yet")


async def test_what_could_not_be_sent_waits_with_retry_each(stage: Stage, page: Page) -> None:
    page.errors_expected = True  # type: ignore[attr-defined]

    async def refuse(route: Route) -> None:
        await route.abort()

    await page.route("**/api/chat*", refuse)
    for number in ("one", "two"):
        await say(page, number)
        await expect(page.locator(".reply.error")).to_have_count(1 if number == "one" else 2)
    await expect_said(page, ["one", "two"])
    await page.reload()
    await expect(page.locator(".retry")).to_have_count(2)
    await page.unroute("**/api/chat*")
    stage.engine.enqueue("to the first", "to the second")
    await page.locator(".retry").first.click()
    await expect(page.locator(".retry")).to_have_count(1)
    await page.locator(".retry").first.click()
    await expect(page.locator(".retry")).to_have_count(0)
    await idle(page)
    await expect_said(page, ["one", "two"])
    await expect_replies(page, ["to the first", "to the second"])


async def test_a_line_that_is_lost_and_back_is_told(stage: Stage, page: Page) -> None:
    page.errors_expected = True  # type: ignore[attr-defined]
    await expect_listening(page)
    await page.context.set_offline(True)
    stage.web.site.open_pages.close()
    await expect(page.locator("#connection.lost")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator("#connection.lost")).to_have_count(0)


async def test_a_history_that_comes_while_a_reply_is_written_shows_nothing_twice(stage: Stage, page: Page) -> None:
    asked, answered, late, end = (asyncio.Event() for _ in range(4))

    async def history(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    async def chat(route: Route) -> None:
        answer = await route.fetch()
        answered.set()
        await end.wait()
        await route.fulfill(response=answer)

    await expect_listening(page)
    stage.engine.enqueue("first")
    await page.route("**/api/history*", history)
    stage.web.site.open_pages.close()  # the page connects again and asks what it has missed
    await asked.wait()
    await page.route("**/api/chat*", chat)
    await say(page, "hello")
    await answered.wait()
    async with page.expect_event("requestfinished", lambda request: "api/history" in request.url):
        late.set()
    await page.evaluate("new Promise((done) => { setTimeout(done, 0); })")
    assert await page.locator(".said").count() == 1
    end.set()
    await idle(page)
    await expect_said(page, ["hello"])
    await expect_replies(page, ["first"])


PLACED = """async (broken) => {
  const { Talk } = await import('./static/talk.js');
  const talk = new Talk('');
  let count = 0;
  talk.place = () => {
    count += 1;
    if (broken) throw new Error('broken');
  };
  const error = await talk.settle({ replies: [], command: 'help' }).then(() => '', ({ message }) => message);
  return [count, error];
}"""


async def test_a_reply_is_placed_once_whether_or_not_the_history_comes(page: Page) -> None:
    page.errors_expected = True  # type: ignore[attr-defined]
    assert await page.evaluate(PLACED, False) == [1, ""]
    assert await page.evaluate(PLACED, True) == [1, "broken"]

    async def refuse(route: Route) -> None:
        await route.abort()

    await page.route("**/api/history*", refuse)
    assert await page.evaluate(PLACED, False) == [1, ""]
    assert await page.evaluate(PLACED, True) == [1, "broken"]


async def test_enter_sends_what_is_typed(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "hello")
    await page.fill("#input", "+")
    await page.wait_for_selector("#completions li")
    await page.keyboard.press("Enter")
    await expect(page.locator(".place")).to_have_text("2/2")
    await expect_replies(page, ["second"])


async def test_too_long_a_message_is_kept_and_told(page: Page) -> None:
    await keep_notices(page)
    await page.fill("#input", "x" * 8001)
    await expect(page.locator("#count.long")).to_have_text("8001 / 8000", use_inner_text=True)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#announcer.toast")
    await expect(page.locator("#input")).to_have_value("x" * 8001)


async def test_every_message_has_its_buttons(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "first again", "to the new words")
    await ask(page, "one")
    await ask(page, "two")
    first = page.locator(".exchange").first
    await first.locator("[data-action=again]").click()
    await idle(page)
    await expect_replies(page, ["first again"])
    await expect(first.locator(".place")).to_have_text("2/2")
    await first.locator("[data-action=left]").click()
    await expect(first.locator(".place")).to_have_text("1/2")
    await expect_script(page, "document.activeElement.dataset.action", "left")  # the keyboard focus stays
    await first.locator("[data-action=edit-own]").click()
    await page.fill(".editor textarea", "other words")
    await page.click(".editor .strong")
    await expect(page.locator(".said")).to_contain_text("other words")
    await idle(page)
    await expect_said(page, ["other words"])
    await expect_replies(page, ["to the new words"])
    await page.locator("[data-action=edit]").click()
    await page.fill(".editor textarea", "in my words")
    await page.click(".editor .strong")
    await expect(page.locator(".reply .text")).to_have_text("in my words")


async def test_several_conversations(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("in the first", "in the second")
    await ask(page, "about owls")
    await page.click("#new")
    await expect(page.locator(".said")).to_have_count(0)
    await ask(page, "about foxes")
    titles = page.locator("#sidebar .row-title")
    await expect(titles).to_have_text(["about foxes", "about owls"])
    await titles.nth(1).click()
    await expect(page.locator(".reply .text")).to_have_text("in the first")
    await page.reload()
    await expect(page.locator(".reply .text")).to_have_text("in the first")
    row = page.locator("#sidebar .row.current")
    await expect(row.locator(".row-line")).to_have_text("in the first")
    await row.locator("[data-action=row-more]").click()
    await row.locator("[data-action=rename]").click()
    await page.fill("#sidebar .rename input", "Owls")
    await page.keyboard.press("Enter")
    await expect(titles).to_have_text(["about foxes", "Owls"])
    await row.locator("[data-action=row-more]").click()
    await row.locator("[data-action=delete]").click()
    await page.click("[data-action=really-delete]")
    await expect(titles).to_have_text(["about foxes"])
    await expect(page.locator(".said")).to_have_count(0)


async def test_the_language_can_be_chosen(page: Page) -> None:
    await page.select_option("#language", "ja")
    await expect(page.locator("html")).to_have_attribute("lang", "ja")
    await loaded(page)
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "ja")
    await say(page, "+language en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_on_a_phone_enter_begins_a_line(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url, width=390, phone=True) as phone:
        stage.engine.enqueue("seen")
        await phone.fill("#input", "one")
        await phone.locator("#input").press("Enter")
        await phone.keyboard.type("two")
        await phone.click("#send")
        await idle(phone)
        await expect_said(phone, ["one\ntwo"])
        await expect_script(phone, "document.documentElement.scrollWidth <= innerWidth", True)


async def test_what_was_refused_is_there_after_a_reload_and_can_be_sent_again(stage: Stage, page: Page) -> None:
    stage.engine.busy = Busy("The queue is full: {waiting} requests are already waiting.", waiting=1)
    await ask(page, "hello")
    await expect(page.locator(".reply.error")).to_contain_text("queue is full")
    stage.engine.busy = None
    await page.reload()
    await expect(page.locator(".said")).to_contain_text("hello")
    stage.engine.enqueue("answered")
    await page.click(".retry")
    await expect(page.locator(".reply.turn .text")).to_have_text("answered")
    await idle(page)
    await page.reload()
    await expect(page.locator(".said")).to_have_count(1)
    await expect(page.locator(".retry")).to_have_count(0)


async def test_an_answer_that_could_not_be_changed_stays_in_its_editor(stage: Stage, page: Page) -> None:
    page.errors_expected = True  # type: ignore[attr-defined]
    stage.engine.enqueue("first")
    await ask(page, "one")
    await page.route("**/api/command*", lambda route: route.abort())
    await page.click("[data-action=edit]")
    await page.fill(".editor textarea", "in my words")
    await page.click(".editor .strong")
    await expect(page.locator("#announcer")).to_contain_text("not responding")
    await expect(page.locator(".editor textarea")).to_have_value("in my words")
    await page.unroute("**/api/command*")
    await page.click(".editor .strong")
    await expect(page.locator(".reply .text")).to_have_text("in my words")
