"""A real Chromium for the tests, with background requests to its vendor disabled."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.waiting import PATIENCE, until_equal

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 1000 * PATIENCE


def find_chromium() -> str:
    """Return the browser's path; skip the test if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(
    browser: Browser,
    url: str,
    *,
    width: int = 1100,
    height: int = 800,
    dark: bool = False,
    locale: str = "en-US",
    scale: float = 1,
    phone: bool = False,
    worker: bool = False,
    expected: str = "",
) -> AsyncIterator[Page]:
    """Open the page as a new visitor. Console errors and warnings fail the test, except those in ``expected``."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale=locale,
        device_scale_factor=scale,
        has_touch=phone,
        is_mobile=phone,
        service_workers="allow" if worker else "block",  # playwright does not see its requests
    )
    context.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    await page.goto(url)
    await loaded(page)
    try:
        yield page
    finally:
        await context.close()
    complaints = [words for words in complaints if not expected or expected not in words]
    assert not complaints or getattr(page, "errors_expected", False), complaints


def rendering(script: str) -> str:
    """Return ``script``, a function, with a second argument: a function that renders a text at once, not growing."""
    return f"""async (value) => {{
      const {{ fragment, parse }} = await import('./static/markdown.js');
      const markdown = (text) => {{ const env = {{}}; return fragment(parse(text, env), env); }};
      return ({script})(value, markdown);
    }}"""


async def loaded(page: Page) -> None:
    """Wait for the history. The HTML has a message box before."""
    await expect(page.locator("#prompt")).not_to_be_empty()
    await expect(page.locator(".plain-text")).to_have_count(0)


async def say(page: Page, text: str) -> None:
    """Type and send a message once nothing is being answered (Enter does nothing before); return when it has begun."""
    await expect(page.locator("#prompt")).not_to_be_empty()
    await idle(page)
    await page.fill("#input", text)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")


async def idle(page: Page) -> None:
    """Wait until the answer is finished and shown in the history. It has begun when the key press returns."""
    await page.wait_for_selector("#messages[aria-busy=false]", state="attached")
    await page.wait_for_selector(".running", state="detached")
    await expect(page.locator(".plain-text")).to_have_count(0)


async def keep_notices(page: Page) -> None:
    """Let what the page shows for a few seconds stay: a test on a busy machine may look later."""
    await page.evaluate(
        "(() => { const timer = setTimeout; window.setTimeout = (act, wait, ...values) =>"
        " [1500, 3500, 4000].includes(wait) ? 0 : timer(act, wait, ...values); })()"
    )


async def ask(page: Page, text: str) -> None:
    await say(page, text)
    await idle(page)


async def expect_said(page: Page, wanted: list[str]) -> None:
    """Wait until these messages are shown, and no others."""
    await until_equal(lambda: said(page), wanted)


async def expect_replies(page: Page, wanted: list[str]) -> None:
    """Wait until these replies are shown, and no others."""
    await until_equal(lambda: replies(page), wanted)


async def expect_script(page: Page, script: str, wanted: object) -> None:
    """Wait until an expression has this value on the page."""
    await until_equal(lambda: page.evaluate(script), wanted)


async def expect_listening(page: Page) -> None:
    """Wait until the server can notify the page."""
    await expect(page.locator("html[data-connection=open], html[data-connection=back]")).to_be_attached()


async def replies(page: Page) -> list[str]:
    await expect(page.locator(".plain-text")).to_have_count(0)
    return [text.strip() for text in await page.locator(".reply .text").all_inner_texts()]


async def said(page: Page) -> list[str]:
    return [text.removeprefix("You:").lstrip() for text in await page.locator(".said").all_inner_texts()]
