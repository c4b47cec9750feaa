"""How replies are drawn while they grow and when they end: what is drawn stays, and no step is a long one."""

import random

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_script, idle, rendering, say
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SELECT = """() => {
  globalThis.kept = document.querySelector('.running .reply .text p').firstChild;
  getSelection().setBaseAndExtent(kept, 1, kept, 4);
}"""


async def test_a_reply_and_a_selection_in_it_stay_as_they_are_at_its_end(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("Once upon a time there was an owl.")
    stage.engine.held, stage.engine.held_after = True, 8
    await say(page, "a story")
    await expect(page.locator(".running .reply .text p")).to_contain_text("Once")
    await page.evaluate(SELECT)
    stage.engine.held = False
    await idle(page)
    await expect(page.locator("[id^=turn-] .reply .text p")).to_have_text(["Once upon a time there was an owl."])
    await expect_script(page, "Boolean(kept.parentNode.closest('[id^=turn-]'))", True)
    await expect_script(page, "getSelection().toString()", "nce")


async def test_earlier_messages_need_not_be_laid_out(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("one", "two")
    for text in ("a", "b"):
        await ask(page, text)
    styles = "[...document.querySelectorAll('.exchange')].map((one) => getComputedStyle(one).contentVisibility)"
    await expect_script(page, styles, ["auto", "visible"])


ENDS = rendering("""async (text, markdown) => {
  const { GrowingText } = await import('./static/growing_text.js');
  const box = document.createElement('div');
  const growing = new GrowingText(box);
  for (let end = 500; end < text.length; end += 500) growing.show(text.slice(0, end));
  const blocks = [...box.children].slice(0, -1);
  let changes = 0;
  const observer = new MutationObserver((records) => { changes += records.length; });
  const ended = growing.show(text, true);
  observer.observe(box, { childList: true, subtree: true, characterData: true });
  await ended;
  const fresh = document.createElement('div');
  const drawing = new GrowingText(fresh).show(text, true);
  const atOnce = fresh.textContent.length;
  await drawing;
  const whole = document.createElement('div');
  whole.append(markdown(text));
  return {
    kept: blocks.every((block) => block.parentNode === box), count: blocks.length,
    changes, same: box.innerHTML === whole.innerHTML,
    atOnce, drawn: fresh.innerHTML === whole.innerHTML,
  };
}""")
STORY = "Some words of a long story, with **bold** and `code`.\n\n- one\n- two\n\n```\nx = 1\n```\n\n"


async def test_the_end_of_a_long_reply_draws_nothing_again(page: Page) -> None:
    """A reply of 32,000 characters that is shown for the first time is drawn a part at a time."""
    ended = await page.evaluate(ENDS, STORY * (32_000 // len(STORY)))
    assert ended["kept"]
    assert ended["count"] > 500
    assert ended["changes"] < 20
    assert ended["same"]
    assert ended["drawn"]
    assert 1000 < ended["atOnce"] < 4000


async def test_what_the_end_of_a_reply_changes_is_mended(page: Page) -> None:
    texts = [
        "A [ref] word.\n\n" + STORY * 50 + "[ref]: https://a.example\n",
        "* one\n" * 300 + "- two\n" * 300 + "three",
    ]
    for text in texts:
        ended = await page.evaluate(ENDS, text)
        assert ended["same"]
        assert ended["drawn"]


SPOILER = """async () => {
  const { GrowingText } = await import('./static/growing_text.js');
  const box = document.createElement('div');
  document.body.append(box);
  const growing = new GrowingText(box);
  growing.show('It was ||the butler||, and');
  const [spoiler, text] = [box.querySelector('.spoiler'), box.firstChild.lastChild];
  spoiler.click();
  growing.show('It was ||the butler||, and **nobody');
  const plain = box.firstChild.lastChild === text && text.data;
  growing.show('It was ||the butler||, and **nobody** else');
  return [plain, box.innerText, box.querySelector('.spoiler').getAttribute('aria-expanded')];
}"""


async def test_only_what_differs_is_drawn_again(page: Page) -> None:
    said = await page.evaluate(SPOILER)
    assert said == [", and **nobody", "It was the butler, and nobody else", "true"]


GROWN = rendering("""async ({ texts, same }, markdown) => {
  const { GrowingText } = await import('./static/growing_text.js');
  const { set, get } = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
  const work = { characters: 0, updates: 0, parsed: 0, rendered: 0 };
  let counting = false;
  Object.defineProperty(Element.prototype, 'innerHTML', { get, configurable: true, set(html) {
    if (counting) work.rendered += html.length;
    set.call(this, html);
  } });
  const shown = (nodes) => {
    const box = document.createElement('div');
    box.append(nodes.cloneNode(true));
    box.normalize();
    return box.innerHTML.replace(/\\n/g, '');
  };
  const different = [];
  for (const { text, step } of texts) {
    const box = document.createElement('div');
    const growing = new GrowingText(box);
    work.characters += text.length;
    for (let end = step; end <= text.length; end += step) {
      counting = true;
      growing.show(text.slice(0, end));
      counting = false;
      work.updates += 1;
      work.parsed += growing.read > 0;
      const range = document.createRange();
      range.selectNodeContents(box);
      const [here, whole] = same ? [range.cloneContents(), markdown(text.slice(0, end))].map(shown) : [];
      if (here !== whole) { different.push([text.slice(0, end), here, whole]); break; }
    }
  }
  Object.defineProperty(Element.prototype, 'innerHTML', { set, get, configurable: true });
  return { ...work, different: different.slice(0, 3) };
}""")
PROSE = (
    'The fox came down the hill in the evening, when the light was low. "Nobody will see me," it said, and walked on.'
    " There was a smell of bread, and of smoke; somewhere a door was open. *Now,* it thought, and it ran.\n\n"
)
PLAIN = ["Some words, ", "and more. ", "Now — what? ", "“Yes,” ", "12. ", "它看见", "。", "abc", "  ", "it's ", "(so) "]
MARKS = ["**bold words** ", "*a b* ", "`code` ", "[link](https://a.example) ", "||secret|| ", "snake_case ", "[sigh] ",
         "\n", "\n\n", "&amp; ", "https://a.example/b_c ", "~~gone~~ ", "\\* ", "**", "_", "*", "`", "~~", "||", "[x](",
         "a) ", "\\", "&am", "p;", "https://", "mailto:", "//", "![i](u) ", "[![a](b)](c) ", "<b>", "\\(x", "\\)", "$$",
         "[b]: u\n", "[b]", "# "]  # fmt: skip


async def test_prose_is_appended_without_being_parsed(page: Page) -> None:
    """A token at a time; only where a sentence or a mark may change what is before it, the text is parsed."""
    work = await page.evaluate(GROWN, {"texts": [{"text": PROSE * 5, "step": 4}], "same": False})
    assert work["parsed"] < 0.2 * work["updates"]


async def test_of_a_paragraph_only_the_end_is_rendered_again(page: Page) -> None:
    text = "Some words of a long story, with **bold** and `code`. " * 16  # shorter than what is drawn in pieces
    work = await page.evaluate(GROWN, {"texts": [{"text": text, "step": 40}], "same": False})
    assert work["rendered"] < 3 * work["characters"]


async def test_what_is_appended_is_what_would_be_parsed(page: Page) -> None:
    draw = random.Random(11)
    texts = [
        {"text": "".join(draw.choices(PLAIN * 2 + MARKS, k=draw.randint(3, 14))), "step": draw.choice((1, 2, 3, 7))}
        for _ in range(60)
    ]
    work = await page.evaluate(GROWN, {"texts": texts, "same": True})
    assert work["different"] == []
    assert work["parsed"] < 0.9 * work["updates"]


FRAMES = """async (cost) => {
  const { Redraw } = await import('./static/redraw.js');
  const frames = [], timers = [], drawn = [];
  let now = 0;
  const real = [performance.now, requestAnimationFrame, setTimeout];
  performance.now = () => now;
  globalThis.requestAnimationFrame = (act) => frames.push(act);
  globalThis.setTimeout = (act) => timers.push(act);
  const redraw = new Redraw(() => { drawn.push(now / 16); now += cost; });
  for (let frame = 0; frame < 12; frame += 1) {
    now = Math.max(now, 16 * frame);
    redraw.ask();
    redraw.ask();
    for (const act of [...frames.splice(0), ...timers.splice(0)]) act();
    for (const act of timers.splice(0)) act();
  }
  [performance.now, globalThis.requestAnimationFrame, globalThis.setTimeout] = real;
  return drawn;
}"""


async def test_a_costly_drawing_is_followed_by_a_pause_as_long(page: Page) -> None:
    assert await page.evaluate(FRAMES, 5) == list(range(12))
    assert await page.evaluate(FRAMES, 12) == [0, 2, 4, 6, 8, 10]
    assert await page.evaluate(FRAMES, 15) == [0, 2, 4, 6, 8, 10]
