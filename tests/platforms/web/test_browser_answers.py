"""Answers in a real browser: side by side, details, token probabilities, sharing, code and formulas."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, idle, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_answers_side_by_side(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "third")
    await ask(page, "one")
    for _ in range(2):
        await page.click("[data-action=again]")
        await idle(page)
    await page.click("[data-action=answers]")
    await expect(page.locator(".answer .text")).to_have_text(["first", "second", "third"])
    await expect(page.locator(".answer.current")).to_contain_text("third")
    await page.locator(".answer", has_text="first").get_by_role("button").click()
    await expect(page.locator(".reply.turn .text")).to_have_text(["first"])
    await expect(page.locator(".place")).to_have_text("1/3")


async def test_how_it_was_made_and_how_sure_the_model_was(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("the owl")
    await ask(page, "one -temp=0.5")
    await page.click("[data-action=about]")
    await expect(page.locator(".about")).to_contain_text("temperature 0.5")
    await expect(page.locator(".about")).to_contain_text("Tokens per second")
    await page.click("[data-action=probabilities]")
    await expect(page.locator(".token-list")).to_have_text("the owl")
    await expect(page.locator(".token").first).to_have_attribute("title", re.compile("50\\.0 %"))
    await page.click("[data-action=about]")
    await expect(page.locator(".about")).to_have_count(0)


async def test_a_shared_conversation_is_read_by_others(stage: Stage, page: Page) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stage.engine.enqueue("**first**")
    await ask(page, "one")
    row = page.locator("#sidebar .row.current")
    await row.locator("[data-action=row-more]").click()
    await row.locator("[data-action=share]").click()
    await expect(page.locator("#announcer")).to_contain_text("The link is copied")
    link = await page.evaluate("navigator.clipboard.readText()")
    async with open_page(stage.browser, stage.url) as other:
        await other.goto(link)
        await expect(other.locator(".reply strong")).to_have_text("first")
        await expect(other.locator("button, textarea")).to_have_count(0)
        await row.locator("[data-action=unshare]").click()
        await expect(row.locator("[data-action=unshare]")).to_have_count(0)
        other.errors_expected = True  # type: ignore[attr-defined]
        await other.reload()
        await expect(other.get_by_role("alert")).to_contain_text("nowhere")


async def test_code_has_colours_and_formulas_are_drawn(stage: Stage, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    stage.engine.enqueue("plain", "```python\ndef a(): pass\n```\nthat is \\(x^2\\) and\n\\[ \\frac{1}{2} \\]")
    await ask(page, "one")
    assert not [url for url in fetched if "highlight" in url or "temml" in url]
    await ask(page, "two")
    await expect(page.locator("pre .hljs-keyword").first).to_have_text("def")
    await expect(page.locator("math")).to_have_count(2)
    await expect(page.locator(".math.display mfrac")).to_have_count(1)


async def test_formulas_bring_nothing_in(stage: Stage, page: Page) -> None:
    foreign = "\\(\\includegraphics{https://example.org/a.png}\\)"
    stage.engine.enqueue("\\(\\href{javascript:alert(1)}{x}\\) " + foreign + " \\(</span><b>\\)")
    await ask(page, "one")
    await page.wait_for_selector("math")
    await expect(page.locator(".reply a, .reply img, .reply b")).to_have_count(0)
