"""How replies are drawn while they grow and when they end: what is drawn stays, and no step is a long one."""

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
