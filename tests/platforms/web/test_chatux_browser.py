"""A chatux page on another site talks to Roost in a real browser.

The page's script is the chatux package of the npm registry, fetched once into build/. If the registry does not have it
(or there is no npm), chatux_stand_in.js takes its place: the test's output says which one was used.
"""

import asyncio
import functools
import http.server
import json
import shutil
import subprocess
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.platforms.web.browser import WAIT_MS, open_browser
from tests.platforms.web.conftest import Web

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / "build" / "chatux"
STAND_IN = Path(__file__).with_name("chatux_stand_in.js")
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>A friend's site</title></head><body>
<script src="chatux.js"></script><script>
const chatux = new ChatUx();
chatux.init({renderMode: 'pc', api: %s, bot: {widget: {sendLabel: 'SEND', placeHolder: 'Say something'}}});
chatux.start(true);
</script></body></html>"""


def fetch_chatux() -> Path:
    """Return the package's script from the cache or the registry, or else the stand-in."""
    found = CACHE / "package" / "dist" / "chatux.min.js"
    npm = shutil.which("npm")
    if not found.is_file() and npm:
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "pack", "chatux@1"], cwd=CACHE, capture_output=True, timeout=60, check=False)
        for archive in CACHE.glob("chatux-*.tgz"):
            with tarfile.open(archive) as package:
                package.extractall(CACHE, filter="data")
    return found if found.is_file() else STAND_IN


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on its own port, as another site."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@asynccontextmanager
async def chatux_page(browser: Browser, folder: Path, **api: Any) -> AsyncIterator[tuple[Web, Page]]:
    script = await asyncio.to_thread(fetch_chatux)
    print(f"chatux: {'the npm package' if script != STAND_IN else 'the stand-in'}")
    await asyncio.to_thread(shutil.copy, script, folder / "chatux.js")
    with served(folder) as site:
        async with Web(cors_origins=[site]).running() as web:
            values = {"endpoint": f"{web.platform.url}chat_api", "method": "GET", "dataType": "json"} | api
            (folder / "index.html").write_text(PAGE % json.dumps(values))
            context = await browser.new_context()
            context.set_default_timeout(WAIT_MS)
            page = await context.new_page()
            page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
            await page.goto(f"{site}/index.html")
            try:
                yield web, page
            finally:
                await context.close()


async def say(page: Page, text: str) -> None:
    await page.fill(".botui-actions-text-input", text)
    await page.click(".botui-actions-text button[type=submit], .botui-actions-text button")


WAYS = [{}, {"method": "POST"}, {"dataType": "jsonp"}]


@pytest.mark.parametrize("way", WAYS, ids=["get", "post", "jsonp"])
async def test_a_chatux_page_talks(browser: Browser, tmp_path: Path, way: dict[str, str]) -> None:
    async with chatux_page(browser, tmp_path, params={"channel": "visitor-17-of-the-site"}, **way) as (web, page):
        await say(page, "hello & good day, 1+1 鸟")
        shown = page.locator(".botui-message-content").filter(has_text="echo:")
        await expect(shown).to_have_text("echo: hello & good day, 1+1 鸟")
        await say(page, "+gen a b")
        await expect(shown.last).to_have_text("echo: +gen a b")
        assert [said.text for said in web.dispatcher.said] == ["hello & good day, 1+1 鸟", "+gen a b"]
        assert len({event.origin.channel for event in web.dispatcher.events}) == 1


async def test_what_the_model_says_stays_text(browser: Browser, tmp_path: Path) -> None:
    attack = "<img src=x onerror=alert(1)> [a](javascript:alert(2)) ![b](x) !(c) 'q' \"r\""
    async with chatux_page(browser, tmp_path, method="POST") as (_, page):
        await say(page, attack)
        shown = page.locator(".botui-message-content").filter(has_text="echo:")
        await expect(shown).to_have_text(f"echo: {attack}")
        await expect(shown.locator("img, a, i, script")).to_have_count(0)


async def test_line_breaks_are_kept(browser: Browser, tmp_path: Path) -> None:
    async with chatux_page(browser, tmp_path, params={"prefix": "x"}, method="POST") as (web, page):
        web.dispatcher.next_text = "one\ntwo\n\nthree"
        await say(page, "hello")
        shown = page.locator(".botui-message-content").filter(has_text="three")
        await expect(shown).to_have_text("one\ntwo\n\nthree", use_inner_text=True)
