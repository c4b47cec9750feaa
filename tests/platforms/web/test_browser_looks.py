"""Appearance and use of the page: phones, light and dark, contrast, keyboard, languages."""

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_script, open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FITS = "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
AT_END = (
    "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)"
    "(document.getElementById('scroll'))"
)
DARK = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0] < 100"


async def test_a_phone(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url, width=360, height=640) as page:
        stage.engine.enqueue("Well. " * 30 + "x" * 300)
        await ask(page, "How are you? " + "y" * 300)
        await expect_script(page, FITS, True)
        box = await page.locator("#send").bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 640
        assert box["width"] >= 40
        await expect_script(page, AT_END, True)


@pytest.mark.parametrize("dark", [False, True])
async def test_light_and_dark(stage: Stage, dark: bool) -> None:
    async with open_page(stage.browser, stage.url, dark=dark) as page:
        await expect_script(page, DARK, dark)
        await page.click("#theme")
        await expect_script(page, DARK, not dark)
        await page.reload()
        await expect_script(page, DARK, not dark)


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => { for (let at = node; at; at = at.parentElement) {
    const color = rgb(getComputedStyle(at).backgroundColor); if (color[3] > 250) return color; }
    return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.closest('.quiet, .skip, script, :disabled')) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(node).color)), luminance(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  const unnamed = [...document.querySelectorAll('button, input, textarea, a, [role=img], [role=listbox]')]
    .filter((node) => !(node.textContent.trim() || node.getAttribute('aria-label'))).map((node) => node.outerHTML);
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  return [poor, unnamed, twice];
}"""


@pytest.mark.parametrize("dark", [False, True])
async def test_contrast_and_names(stage: Stage, dark: bool) -> None:
    """WCAG 2.2: text has a contrast of at least 4.5 (1.4.3), and controls have a name (4.1.2)."""
    async with open_page(stage.browser, stage.url, dark=dark) as page:
        await expect_script(page, CONTRAST, [[], [], []])
        stage.engine.enqueue("**a** [b](https://example.org) `c`\n> d\n```py\ne\n```", finish_reason="timeout")
        await ask(page, "hello")
        await ask(page, "+export")
        await page.wait_for_selector("a.download")
        await ask(page, "+nonsense")
        await page.wait_for_selector(".reply.error")
        await page.fill("#input", "+")
        await page.wait_for_selector("#completions li")
        await expect_script(page, CONTRAST, [[], [], []])


async def test_only_the_keyboard(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "hello")
    for _ in range(20):
        await page.keyboard.press("Shift+Tab")
        focused = "document.activeElement.dataset.action"
        if await page.evaluate(focused) == "again":
            break
    await expect_script(page, "getComputedStyle(document.activeElement).outlineStyle", "solid")
    await page.keyboard.press("Enter")
    await expect(page.locator(".place")).to_have_text("2/2")


async def test_nothing_jumps(stage: Stage, page: Page) -> None:
    await page.evaluate(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(e => { shift += e.value; }))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    stage.engine.enqueue("One line.", "Another line.")
    await ask(page, "hello")
    await page.click("[data-action=again]")
    await page.wait_for_selector(".place")
    assert (await page.evaluate("shift")) < 0.1


@pytest.mark.parametrize(("locale", "html"), [("zh-CN", "zh-Hans"), ("ja-JP", "ja"), ("en-GB", "en"), ("fr-FR", "en")])
async def test_the_readers_language(stage: Stage, locale: str, html: str) -> None:
    async with open_page(stage.browser, stage.url, locale=locale) as page:
        await expect(page.locator("html")).to_have_attribute("lang", html)
