"""The page in a real browser, on real conversations in a real database; only the model is a fake."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.assembly import open_dispatcher
from bot.config import Config, PluginsSection, WebSection
from bot.platforms.web.platform import WebPlatform
from tests.fakes import FakeEngine
from tests.house import open_house
from tests.platforms.web.browser import ask, idle, open_browser, open_page, replies, said, say

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Stage:
    """What a test plays on."""

    browser: Browser
    engine: FakeEngine
    web: WebPlatform

    @property
    def url(self) -> str:
        return self.web.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    engine = FakeEngine(delay=0.01)
    folder: Path = tmp_path_factory.mktemp("web")
    config = Config(plugins=PluginsSection(enabled=False))
    async with (
        open_browser() as browser,
        open_house(folder, engine) as house,
        open_dispatcher(config, house) as dispatcher,
    ):
        web = WebPlatform(
            WebSection(port=0),
            dispatcher,
            conversations=house,
            registry=dispatcher.services.registry,
            engine_status=engine.status,
        )
        await web.start()
        try:
            yield Stage(browser, engine, web)
        finally:
            await web.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(stage: Stage) -> AsyncIterator[Page]:
    stage.engine.delay = 0.01
    stage.engine.forget_scripts()
    async with open_page(stage.browser, stage.url) as page:
        yield page


async def test_send_and_stream(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("The **owl** sat in a tree." + " And sat." * 20)
    stage.engine.delay = 0.05
    await say(page, "hello")
    await page.wait_for_selector(".dots")
    await expect(page.locator(".reply[aria-busy=true] .text")).to_contain_text("The owl")
    stage.engine.delay = 0
    await idle(page)
    assert await replies(page) == ["The owl sat in a tree." + " And sat." * 20]
    assert await page.locator(".reply strong").inner_text() == "owl"
    assert await said(page) == ["hello"]
    assert await page.locator("#input").input_value() == ""
    assert await page.locator("#announcer").text_content() == "The **owl** sat in a tree." + " And sat." * 20


async def test_enter_sends_and_shift_enter_does_not(stage: Stage, page: Page) -> None:
    await page.fill("#input", "one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    stage.engine.enqueue("yes")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-action=again]")
    assert await said(page) == ["one\ntwo"]
    await page.keyboard.press("ArrowUp")
    assert await page.locator("#input").input_value() == "one\ntwo"


async def test_stop_keeps_what_was_written(stage: Stage, page: Page) -> None:
    stage.engine.enqueue(" word" * 400)
    await say(page, "talk for long")
    await expect(page.locator(".reply .text")).to_contain_text("word word")
    await page.click("#send.stop")
    await idle(page)
    text = (await replies(page))[0]
    assert 0 < len(text) < 1900
    assert await page.locator(".note").inner_text() == "Cut off here."
    await page.reload()
    await expect(page.locator(".reply .text")).to_have_text(text)
    assert await page.locator(".note").inner_text() == "Cut off here."


async def test_escape_stops_too(stage: Stage, page: Page) -> None:
    stage.engine.enqueue(" word" * 400)
    await say(page, "talk for long")
    await expect(page.locator(".reply .text")).to_contain_text("word word")
    await page.keyboard.press("Escape")
    await idle(page)
    assert await page.locator(".note").count() == 1


async def test_another_answer_and_the_arrows(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "third")
    await ask(page, "hello")
    assert await page.locator(".place").count() == 0
    for _ in range(2):
        await page.click("[data-action=again]")
        await idle(page)
    assert await replies(page) == ["third"]
    assert await page.locator(".place").inner_text() == "3/3"
    assert await page.locator("[data-action=right]").is_disabled()
    await page.click("[data-action=left]")
    await expect(page.locator(".place")).to_have_text("2/3")
    assert await replies(page) == ["second"]
    assert await page.locator(".place").get_attribute("aria-label") == "Answer 2 of 3"
    await page.click("[data-action=right]")
    await expect(page.locator(".place")).to_have_text("3/3")
    assert await said(page) == ["hello"]


async def test_continue_writes_on_in_the_same_place(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("The owl sat", " in a tree.", finish_reason="length")
    await ask(page, "hello")
    await page.click("[data-action=continue]")
    await expect(page.locator(".reply .text")).to_have_text("The owl sat in a tree.")
    await idle(page)
    await page.reload()
    await expect(page.locator(".reply .text")).to_have_text("The owl sat in a tree.")


async def test_undo_and_reload(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "one")
    await ask(page, "two")
    assert await replies(page) == ["first", "second"]
    await page.click("[data-action=undo]")
    await expect(page.locator(".said")).to_have_count(1)
    assert await replies(page) == ["first"]
    await page.reload()
    await expect(page.locator(".said")).to_have_count(1)
    assert await replies(page) == ["first"]


async def test_reset_asks_first_and_undo_takes_it_back(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first")
    await ask(page, "one")
    await page.click("#reset")
    await page.click("#confirm button[value=no]")
    assert await said(page) == ["one"]
    await page.click("#reset")
    await page.click("#confirm button[value=yes]")
    await expect(page.locator(".said")).to_have_count(0)
    await expect(page.locator("#empty")).to_be_visible()
    await say(page, "+undo")
    await expect(page.locator(".reply.turn .text")).to_have_text("first")
    assert await page.locator(".exchange").last.locator(".said").inner_text() == "You:\n+undo"


async def test_another_visitor_sees_nothing_of_it(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("a secret")
    await ask(page, "tell me")
    async with open_page(stage.browser, stage.url) as other:
        assert await said(other) == []
        assert await other.locator("#empty").is_visible()


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
    assert await page.locator("#messages").locator("img, script, iframe, svg:not([aria-hidden])").count() == 0
    links = await page.eval_on_selector_all("#messages a", "links => links.map(link => link.protocol)")
    assert set(links) <= {"https:"}
    handlers = "[...document.querySelectorAll('#messages *')].flatMap(e => [...e.attributes].map(a => a.name))"
    names = await page.evaluate(handlers)
    assert not [name for name in names if name.startswith("on") or name in ("style", "srcdoc")]
    assert (await said(page))[0] == attack
    await page.reload()
    await expect(page.locator(".said")).to_have_count(1)
    assert (await said(page))[0] == attack


async def test_markdown(stage: Stage, page: Page) -> None:
    text = (
        "# Title\n**bold** and *italic* and `a*b*c`\n1. one\n   - inner\n2. two\n> quoted\n"
        "```py\nx = [1](2)  # not a link\n```\nsee https://example.org/a_b_c. 2*3*4 snake_case_name"
    )
    stage.engine.enqueue(text)
    await ask(page, "markdown")
    reply = page.locator(".reply .text")
    assert await reply.locator("h3").inner_text() == "Title"
    assert await reply.locator("p > code").inner_text() == "a*b*c"
    assert await reply.locator("ol > li").count() == 2
    assert await reply.locator("ol ul li").inner_text() == "inner"
    assert await reply.locator("blockquote").inner_text() == "quoted"
    assert await reply.locator("pre").inner_text() == "x = [1](2)  # not a link"
    assert await reply.locator("a").get_attribute("href") == "https://example.org/a_b_c"
    assert await reply.locator("a").get_attribute("rel") == "noopener noreferrer nofollow"
    assert (await reply.inner_text()).endswith("https://example.org/a_b_c. 2*3*4 snake_case_name")


async def test_markdown_cannot_hang_or_overflow(page: Page) -> None:
    script = """async () => {
      const { markdown } = await import('/static/markdown.js');
      const hard = ['>'.repeat(20000), '*'.repeat(20000), '_a'.repeat(9000), '['.repeat(20000), '`'.repeat(9001),
        Array.from({length: 2000}, (_, i) => ' '.repeat(i) + '- x').join('\\n'), '**a'.repeat(7000), '||'.repeat(9000),
        'https://'.repeat(4000), '~~'.repeat(9000), '[a]('.repeat(6000), '`a'.repeat(9000)];
      const times = [];
      for (const text of hard) {
        const start = performance.now();
        markdown(text);
        times.push(performance.now() - start);
      }
      return times;
    }"""
    times = await page.evaluate(script)
    assert max(times) < 1500, times  # milliseconds, on a slow machine


async def test_completion_of_commands(page: Page) -> None:
    await page.keyboard.type("+expo")
    await page.wait_for_selector("#completions li")
    assert (await page.locator("#completions code").inner_text()).startswith("+export [")
    assert await page.locator("#input").get_attribute("aria-expanded") == "true"
    await page.keyboard.press("Tab")
    assert await page.locator("#input").input_value() == "+export "
    await page.fill("#input", "")
    await page.keyboard.type("/")
    await page.wait_for_selector("#completions li")
    assert (await page.locator("#completions code").first.inner_text()).startswith("/")
    await page.keyboard.press("ArrowDown")
    assert await page.locator("#completions li[aria-selected=true]").get_attribute("id") == "completion-1"
    await page.keyboard.press("Escape")
    assert await page.locator("#completions").is_hidden()
    await page.fill("#input", "")
    await page.keyboard.type("+swipe le")
    await expect(page.locator("#completions code")).to_have_text(["left"])
    await page.keyboard.press("Tab")
    assert await page.locator("#input").input_value() == "+swipe left"


async def test_a_file_comes_as_a_download(stage: Stage, page: Page, tmp_path: Path) -> None:
    stage.engine.enqueue("kept for good")
    await ask(page, "hello")
    await say(page, "+export")
    async with page.expect_download() as download:
        await page.click("a.download")
    await (await download.value).save_as(tmp_path / "export")
    assert b"kept for good" in (tmp_path / "export").read_bytes()


async def test_a_file_can_be_sent(stage: Stage, page: Page) -> None:
    await page.set_input_files("#file", {"name": "a.json", "mimeType": "text/plain", "buffer": b"\x00\xff"})
    await expect(page.locator("#attached span")).to_have_text("a.json")
    await page.set_input_files("#file", {"name": "big", "mimeType": "text/plain", "buffer": b"x" * 300_000})
    await page.wait_for_selector("#announcer.toast")
    assert "larger than" in await page.locator("#announcer").inner_text()


async def test_errors_are_shown_as_such_and_can_be_tried_again(stage: Stage, page: Page) -> None:
    stage.engine.enqueue_error(RuntimeError("broken"))
    stage.engine.enqueue("all is well")
    await ask(page, "hello")
    error = page.locator(".reply.error[role=alert]")
    assert "Something went wrong" in await error.inner_text()
    await page.click(".retry")
    await expect(page.locator(".reply.turn .text")).to_have_text("all is well")
    assert await page.locator(".reply.error").count() == 0
    assert await said(page) == ["hello"]
    await say(page, "+nonsense")
    await expect(page.locator(".reply.error .text")).to_contain_text("nonsense")
    assert await page.locator(".retry").count() == 0


async def test_a_failed_other_answer_leaves_the_first(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("the first")
    await ask(page, "hello")
    stage.engine.enqueue_error(RuntimeError("broken"))
    await page.click("[data-action=again]")
    await page.wait_for_selector(".reply.error")
    await idle(page)
    await expect(page.locator(".reply.turn .text")).to_have_text("the first")
    assert await page.locator("[data-action=again]").count() == 1


async def test_the_second_tab_follows_the_first(stage: Stage, page: Page) -> None:
    second = await page.context.new_page()
    await second.goto(stage.url)
    await expect(second.locator("#prompt")).not_to_be_empty()
    await asyncio.sleep(0.3)
    stage.engine.enqueue("seen in both")
    await ask(page, "hello")
    await expect(second.locator(".reply .text")).to_have_text("seen in both")
    assert await stage.web.announce("The model changes at nine.") >= 1
    await expect(second.locator(".reply.info .text")).to_have_text("The model changes at nine.")


async def test_a_phone(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url, width=360, height=640) as page:
        stage.engine.enqueue("Well. " * 30 + "x" * 300)
        await ask(page, "How are you? " + "y" * 300)
        fits = (
            "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
        )
        assert await page.evaluate(fits)
        box = await page.locator("#send").bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 640
        assert box["width"] >= 40
        left = await page.locator("#scroll").evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight")
        assert left < 2


@pytest.mark.parametrize("dark", [False, True])
async def test_light_and_dark(stage: Stage, dark: bool) -> None:
    async with open_page(stage.browser, stage.url, dark=dark) as page:
        lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]"
        assert (await page.evaluate(lightness) < 100) is dark
        await page.click("#theme")
        assert (await page.evaluate(lightness) < 100) is not dark
        await page.reload()
        assert (await page.evaluate(lightness) < 100) is not dark


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
    """WCAG 2.2: text has a contrast of 4.5 at least (1.4.3), and what can be used has a name (4.1.2)."""
    async with open_page(stage.browser, stage.url, dark=dark) as page:
        assert await page.evaluate(CONTRAST) == [[], [], []]
        stage.engine.enqueue("**a** [b](https://example.org) `c`\n> d\n```py\ne\n```", finish_reason="timeout")
        await ask(page, "hello")
        await say(page, "+export")
        await page.wait_for_selector("a.download")
        await say(page, "+nonsense")
        await page.wait_for_selector(".reply.error")
        await page.fill("#input", "+")
        await page.wait_for_selector("#completions li")
        assert await page.evaluate(CONTRAST) == [[], [], []]


async def test_only_the_keyboard(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "hello")
    for _ in range(12):
        await page.keyboard.press("Shift+Tab")
        focused = "document.activeElement.dataset.action"
        if await page.evaluate(focused) == "again":
            break
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
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
        assert await page.locator("html").get_attribute("lang") == html
