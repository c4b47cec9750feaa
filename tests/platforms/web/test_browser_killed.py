"""The program is killed in the middle of a reply and restarted: what the page shows, and what is kept."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.free_port import free_port
from tests.platforms.web.browser import ask, expect_said, open_browser, open_page, replies, say
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
WRITTEN = re.compile(r"\w")  # the dots of a reply that has not begun are not text


@asynccontextmanager
async def program(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `roost run`, slowed down, until it is ready; kill it at the end if it is still running."""
    config = folder / "bot.toml"
    config.write_text(f'[bot]\ndata = "data"\n[web]\nport = {port}\n[plugins]\nenabled = false\n', "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.slow_program", "run", "--config", str(config), cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(4 * PATIENCE), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        break
                except httpx.HTTPError:
                    assert process.returncode is None, "the program ended"
                await asyncio.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_in_the_middle_of_a_reply(tmp_path: Path) -> None:
    port = free_port()
    async with open_browser() as browser, AsyncExitStack() as pages:
        async with program(tmp_path, port) as process:
            page = await pages.enter_async_context(open_page(browser, f"http://127.0.0.1:{port}/"))
            page.errors_expected = True  # type: ignore[attr-defined]
            await ask(page, "Hello!")
            first = (await replies(page))[0]
            await say(page, "Tell me a story. -min_tokens=1000 -max_tokens=1000")
            await expect(page.locator(".running .reply .text")).to_have_text(WRITTEN)
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            await expect(page.locator(".exchange .reply.error")).to_have_count(1)
            await expect_said(page, ["Hello!", "Tell me a story. -min_tokens=1000 -max_tokens=1000"])
            await expect(page.locator(".reply .text").nth(1)).to_have_text(WRITTEN)  # what was written stays
            await expect(page.locator("#connection.lost")).to_be_visible()
        async with program(tmp_path, port):
            await expect(page.locator("#connection.lost")).to_have_count(0)
            await expect(page.locator(".retry")).to_have_count(1)
            await page.reload()
            await expect(page.locator(".retry")).to_have_count(1)
            await expect(page.locator(".reply .text").first).to_have_text(first)
            await page.click(".retry")
            await expect(page.locator(".running .reply .text")).to_have_text(WRITTEN)  # else Retry stays
            await page.click("#send.stop")
            await expect(page.locator(".running")).to_have_count(0)
            await expect(page.locator(".retry")).to_have_count(0)
            await expect(page.locator(".said")).to_have_count(2)
            await pages.aclose()
