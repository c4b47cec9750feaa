"""A real Chromium for the tests, without its habit of calling home."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

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
WAIT_MS = 60_000


def find_chromium() -> str:
    """The browser's path; the test is skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    path = find_chromium()
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
    """The page for a new visitor. What its console complains about fails the test, but for what is ``expected``."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale=locale,
        device_scale_factor=scale,
        has_touch=phone,
        is_mobile=phone,
        service_workers="allow" if worker else "block",  # what it fetches, playwright does not see
    )
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    complaints: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    await page.goto(url)
    await expect(page.locator("#prompt")).not_to_be_empty()  # the history is there
    try:
        yield page
    finally:
        await context.close()
    complaints = [words for words in complaints if not expected or expected not in words]
    assert not complaints or getattr(page, "errors_expected", False), complaints


async def say(page: Page, text: str) -> None:
    """Type and send; returns when the answer has begun."""
    await page.fill("#input", text)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")


async def idle(page: Page) -> None:
    """Wait until the answer is finished and shown as part of the history. It has begun when the key press returns."""
    await page.wait_for_selector("#messages[aria-busy=false]", state="attached")
    await page.wait_for_selector(".running", state="detached")


async def ask(page: Page, text: str) -> None:
    await say(page, text)
    await idle(page)


async def replies(page: Page) -> list[str]:
    return [text.strip() for text in await page.locator(".reply .text").all_inner_texts()]


async def said(page: Page) -> list[str]:
    return [text.removeprefix("You:").lstrip() for text in await page.locator(".said").all_inner_texts()]
