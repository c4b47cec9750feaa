"""The tree picture in a real browser: view, go, branch, by mouse and by keyboard alone."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.platforms.web.browser import ask, expect_replies, expect_said, expect_script, idle
from tests.platforms.web.inspection import violations
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage
from tests.waiting import until_equal

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HEIGHTS = "[...document.querySelectorAll('.dot .target')].map((dot) => Math.round(dot.getBoundingClientRect().height))"


async def test_looking_and_going(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "another", "second")
    await ask(page, "one")
    await page.click("[data-action=again]")
    await idle(page)
    await ask(page, "two")
    await ask(page, "+save here")
    await page.click("#tree-button")
    await expect(page.locator(".dot")).to_have_count(4)
    await expect_script(page, HEIGHTS, [56, 56, 56, 56])  # a small tree is drawn twice as large
    await expect(page.locator(".dot.head")).to_have_attribute("aria-label", "two → second")
    await expect(page.locator(".dot text")).to_have_text(["here"])
    await page.get_by_role("treeitem", name="one → first").locator(".target").click()
    await expect(page.locator(".chosen-text")).to_have_text("onefirst")
    await page.click("[data-action=tree-go]")
    await expect(page.locator("#tree-drawer")).to_have_count(0)
    await expect(page.locator(".reply.turn .text")).to_have_text(["first"])
    await page.click("[data-action=redo]")
    await expect(page.locator(".reply.turn .text")).to_have_text(["another", "second"])


async def test_a_tree_that_comes_after_its_drawer_was_closed_is_no_error(stage: Stage, page: Page) -> None:
    asked, late = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    stage.engine.enqueue("first")
    await ask(page, "one")
    await page.route("**/api/tree*", hold)
    await page.click("#tree-button")
    await asked.wait()
    await page.click("[data-action=close-tree]")
    await expect(page.locator("#tree-drawer")).to_have_count(0)
    async with page.expect_event("requestfinished", lambda request: "/api/tree" in request.url):
        late.set()
    await page.click("#tree-button")
    await expect(page.locator(".dot")).to_have_count(2)
    await expect(page.locator("#announcer")).to_have_text("first")


async def test_only_the_keyboard(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "another", "second")
    await ask(page, "one")
    await page.click("[data-action=again]")
    await idle(page)
    await ask(page, "two")
    await page.click("#tree-button")
    await page.wait_for_selector(".dot.chosen")
    await page.focus(".tree")
    for key in ("ArrowUp", "ArrowLeft"):
        await page.keyboard.press(key)
    await expect(page.locator(".dot.chosen")).to_have_attribute("aria-label", "one → first")
    await page.keyboard.press("Enter")
    await expect(page.locator("#tree-drawer")).to_have_count(0)
    await expect_replies(page, ["first"])


async def test_a_branch_gets_a_name(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "one")
    await ask(page, "two")
    await page.click("#tree-button")
    await page.get_by_role("treeitem", name="one → first").locator(".target").click()
    await page.fill("#tree-drawer input[name=name]", "what if")
    await page.click("#tree-drawer .rename button")
    await expect(page.locator("#tree-drawer")).to_have_count(0)
    await expect_said(page, ["one"])
    await ask(page, "+branches")
    await expect(page.locator(".reply.info .text").last).to_contain_text("what if")


async def test_two_thousand_turns(page: Page, tmp_path: Path) -> None:
    def turn(number: int) -> dict[str, object]:
        parent = None if number == 0 else number - 1 if number % 10 else max(0, number - 15)
        kind = "root" if number == 0 else "imported"
        return {"parent": parent, "kind": kind, "input": f"said {number}", "output": f"answered {number}"}

    nodes = [turn(number) for number in range(1990)]
    table = {"schema": "roost.conversation", "version": 1, "head": 1989, "nodes": nodes}
    file = tmp_path / "long.json"
    file.write_text(json.dumps(table), "utf-8")
    await page.set_input_files("#file", file)
    await page.wait_for_selector("#attached")
    await page.click("#send")
    await expect(page.locator(".reply.info .text")).to_contain_text("1990 turns")
    await page.click("#tree-button")
    await expect(page.locator(".dot")).to_have_count(1991)
    await expect(page.locator(".dot.head")).to_be_in_viewport()
    await page.focus(".tree")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".dot.chosen")).to_have_attribute("aria-label", "said 1988 → answered 1988")
    await page.click("[data-action=smaller]")
    await expect(page.locator(".dot.chosen")).to_be_in_viewport()


async def test_two_branches_side_by_side_by_keyboard_and_mouse(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("the red fox sleeps", "the old fox sings", "an owl")
    await ask(page, "one")
    await page.click("[data-action=again]")
    await idle(page)
    await ask(page, "two")
    await page.click("#tree-button")
    await page.wait_for_selector(".dot.chosen")
    await page.focus(".tree")
    for key in ("ArrowUp", "ArrowLeft", "c", "ArrowRight", "ArrowDown", "c"):
        await page.keyboard.press(key)
    await expect(page.locator(".compared tbody tr")).to_have_count(2)
    await expect(page.locator(".compared del")).to_have_text(["red", "sleeps"])
    await expect(page.locator(".compared ins")).to_have_text(["old", "sings", "two", "an owl"])
    await until_equal(lambda: violations(page), [])
    await page.keyboard.press("Enter")  # the focus is on the way back
    await expect(page.locator(".tree")).to_be_focused()
    for name in ("one → the old fox sings", "one → the red fox sleeps"):
        await page.get_by_role("treeitem", name=name).locator(".target").click()
        await page.click("[data-action=tree-mark], [data-action=tree-compare]")
    await expect(page.locator(".compared th")).to_have_text(["one → the old fox sings", "one → the red fox sleeps"])
    await expect(page.locator(".compared del")).to_have_text(["old", "sings"])
