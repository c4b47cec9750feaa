"""How texts are rendered on the page: markup, Markdown, completed commands, files."""

import re
from pathlib import Path

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.platforms.web.browser import ask, expect_said, keep_notices, rendering, say
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "<svg/onload=alert(1)>",
    "`</code><img src=x onerror=alert(1)>`",
    '[x](https://example.org/"onmouseover="alert(1))',
    "||<iframe srcdoc='<script>parent.alert(1)</script>'>||",
]


async def test_markup_in_texts_does_nothing(stage: Stage, page: Page) -> None:
    attack = "\n".join(ATTACKS)
    stage.engine.enqueue(attack)
    await ask(page, attack)
    await expect(page.locator("#messages").locator("img, script, iframe, svg:not([aria-hidden])")).to_have_count(0)
    await expect(page.locator("#messages a[href^='https:']").first).to_be_visible()
    await expect(page.locator("#messages a:not([href^='https:'])")).to_have_count(0)
    handlers = "[...document.querySelectorAll('#messages *')].flatMap(e => [...e.attributes].map(a => a.name))"
    names = await page.evaluate(handlers)
    assert not [name for name in names if name.startswith("on") or name in ("style", "srcdoc")]
    await expect_said(page, [attack])
    await page.reload()
    await expect_said(page, [attack])


async def test_markdown(stage: Stage, page: Page) -> None:
    text = (
        "# Title\n**bold** and *italic* and `a*b*c`\n1. one\n   - inner\n2. two\n> quoted\n"
        "```py\nx = [1](2)  # not a link\n```\nsee https://example.org/a_b_c. 2 * 3 * 4 snake_case_name"
    )
    stage.engine.enqueue(text)
    await ask(page, "markdown")
    reply = page.locator(".reply .text")
    await expect(reply.locator("h3")).to_have_text("Title", use_inner_text=True)
    await expect(reply.locator("p > code")).to_have_text("a*b*c", use_inner_text=True)
    await expect(reply.locator("ol > li")).to_have_count(2)
    await expect(reply.locator("ol ul li")).to_have_text("inner", use_inner_text=True)
    await expect(reply.locator("blockquote")).to_have_text("quoted", use_inner_text=True)
    await expect(reply.locator("pre")).to_have_text(re.compile(r"^\s*x = \[1\]\(2\)  # not a link\s*$"))
    await expect(reply.locator("a")).to_have_attribute("href", "https://example.org/a_b_c")
    await expect(reply.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(reply).to_have_text(re.compile(r"https://example\.org/a_b_c\. 2 \* 3 \* 4 snake_case_name\s*$"))


RENDER = rendering("(text, markdown) => { markdown(text); }")
HARD = [
    ">" * 20_000, "*" * 20_000, "_a" * 9000, "[" * 20_000, "`" * 9001, "**a" * 7000, "||" * 9000, "https://" * 4000,
    "~~" * 9000, "[a](" * 6000, "`a" * 9000, "\n".join(" " * depth + "- x" for depth in range(2000)),
    r"\(a " * 40_000,
]  # fmt: skip


async def processor_seconds(clock: CDPSession) -> float:
    """Return the processor time of the page's main thread: what else runs on the machine does not count."""
    metrics = (await clock.send("Performance.getMetrics"))["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


async def test_markdown_cannot_hang_or_overflow(page: Page) -> None:
    clock = await page.context.new_cdp_session(page)
    await clock.send("Performance.enable", {"timeDomain": "threadTicks"})
    for text in HARD:
        before = await processor_seconds(clock)
        await page.evaluate(RENDER, text)
        assert await processor_seconds(clock) - before < 3, text[:20]


async def test_completion_of_commands(page: Page) -> None:
    await page.keyboard.type("+expo")
    await page.wait_for_selector("#completions li")
    await expect(page.locator("#completions li > code")).to_have_text(re.compile(r"^\+export \["))
    await page.keyboard.press("Tab")
    await expect(page.locator("#input")).to_have_value("+export ")
    await page.fill("#input", "")
    await page.keyboard.type("/")
    await page.wait_for_selector("#completions li")
    await expect(page.locator("#completions li > code").first).to_have_text(re.compile("^/"))
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#completions li[aria-selected=true]")).to_have_attribute("id", "completion-0")
    await page.keyboard.press("Escape")
    await expect(page.locator("#completions")).to_be_hidden()
    await page.fill("#input", "+alternate")
    await expect(page.locator("#completions li > span code")).to_have_text("+")
    await page.fill("#input", "")
    await page.keyboard.type("+swipe le")
    await expect(page.locator("#completions li > code")).to_have_text(["left"])
    await page.keyboard.press("Tab")
    await expect(page.locator("#input")).to_have_value("+swipe left")


async def test_a_file_comes_as_a_download(stage: Stage, page: Page, tmp_path: Path) -> None:
    stage.engine.enqueue("kept for good")
    await ask(page, "hello")
    await say(page, "+export")
    async with page.expect_download() as download:
        await page.click("a.download")
    await (await download.value).save_as(tmp_path / "export")
    assert b"kept for good" in (tmp_path / "export").read_bytes()


async def test_a_file_can_be_sent(page: Page, tmp_path: Path) -> None:
    await page.set_input_files("#file", {"name": "a.json", "mimeType": "text/plain", "buffer": b"\x00\xff"})
    await expect(page.locator("#attached span")).to_have_text("a.json")
    big = tmp_path / "big"
    big.write_bytes(bytes(17 << 20))
    await keep_notices(page)
    await page.set_input_files("#file", big)
    await expect(page.locator("#announcer.toast")).to_contain_text("larger than")
