"""The page in Firefox: talk and visit every part, on desktop and phone, without errors or barriers."""

import pytest

from tests.platforms.web.firefox import FirefoxPage, open_firefox
from tests.platforms.web.inspection import AXE
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage
from tests.waiting import until_equal

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ENTER = "\ue007"
IDLE = "!document.querySelector('#messages[aria-busy=true]') && !document.querySelector('.running, .plain-text')"
VIOLATIONS = (
    "axe.run().then((all) => all.violations.flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.html)))"
)
TEXTS = "[...document.querySelectorAll('.reply.turn .text')].map((one) => one.innerText)"


async def replies(page: FirefoxPage) -> list[str]:
    found: list[str] = await page.evaluate(TEXTS)
    return found


async def test_an_evening_in_firefox(stage: Stage) -> None:
    stage.engine.forget_scripts()
    stage.engine.enqueue("**first**", "another", "```py\ndef a(): pass\n```\n\\(x^2\\)")
    async with open_firefox() as page:
        await page.open(stage.web.owner_link())
        await page.click("form button")
        await page.until("Boolean(document.querySelector('#prompt')?.textContent)")
        await page.until("document.activeElement?.id === 'input'")
        await page.type(f"hello{ENTER}")
        await page.until("document.querySelector('.reply strong')?.textContent === 'first'")
        await page.until(IDLE)
        await page.click("[data-action=again]")
        await page.until("document.querySelector('.place')?.textContent === '2/2'")
        await until_equal(lambda: replies(page), ["another"])
        await page.until(IDLE)
        await page.click("[data-action=left]")
        await page.until("document.querySelector('.place')?.textContent === '1/2'")
        await page.evaluate("document.querySelector('#input').focus()")
        await page.type(f"more{ENTER}")
        await page.until("document.querySelectorAll('pre .hljs-keyword, math').length === 3")
        await page.click("#tree-button")
        await page.until("document.querySelectorAll('.dot').length === 4")
        await page.evaluate("document.querySelector('#tree-drawer').close()")
        await page.click("#settings-button")
        await page.until("document.querySelector('#set-temperature') !== null")
        await page.evaluate("document.querySelector('#settings-drawer').close()")
        for width in (390, 1440):
            await page.resize(width, 800)
            await look_around(page)
        assert page.complaints == []


async def look_around(page: FirefoxPage) -> None:
    """Check that every part of the page is there, fits, and is accessible."""
    views = await page.evaluate("[...document.querySelectorAll('#sidebar .links a')].map((one) => one.hash)")
    assert "#/owner" in views
    for where in [*views, "#/owner/charts", "#/owner/keys", "#/talk/-"]:
        await page.evaluate(f"location.hash = '{where}'")
        await page.until("document.querySelector('#view, #messages') && !document.querySelector('#view .loading')")
        await check_page(page)


async def check_page(page: FirefoxPage) -> None:
    """Check that what is shown fits and is accessible."""
    await page.until("document.documentElement.scrollWidth <= innerWidth")
    if AXE.is_file():
        await page.evaluate(f"(() => {{ {AXE.read_text('utf-8')} ; return 1; }})()")
        await until_equal(lambda: page.evaluate(VIOLATIONS), [])
