"""Markdown in a real DOM: no script or style escapes generated inputs, stable blocks, and CommonMark."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.platforms.web.browser import rendering
from tests.platforms.web.hostile_texts import hostile_texts
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TEXTS = 5000
CHECK = (Path(__file__).parent / "escapes.js").read_text("utf-8")
# Like a reply on the page: as wide as the messages, and scrolling.
TRIAL = """() => {
  const trial = Object.assign(document.createElement('div'), { id: 'trial', className: 'reply turn' });
  document.querySelector('#scroll').append(trial);
  Object.assign(trial.style, { height: '200px', overflow: 'auto' });
  return document.styleSheets.length;
}"""


async def test_five_thousand_hostile_texts_let_nothing_escape(stage: Stage, page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    texts = list(hostile_texts(TEXTS))
    css = await page.evaluate(TRIAL)
    for start in range(0, len(texts), 500):
        assert await page.evaluate(CHECK, [texts[start : start + 500], css]) == []
    own = (f"{stage.url}static/", f"{stage.url}api/")
    assert [url for url in requests if not url.startswith(own)] == []


async def test_finished_blocks_stay_and_the_end_is_what_is_read_at_once(page: Page) -> None:
    text = (
        "# T\n\none **two**\n\n- a\n- b\n\n```py\nx = 1\n\ny = 2\n```\n\nlast [ref] words\n\n[ref]: https://a.example\n"
    )
    script = rendering("""async (text, markdown) => {
      const { GrowingText } = await import('./static/growing_text.js');
      const box = document.createElement('div');
      const growing = new GrowingText(box);
      let first = null, kept = true;
      for (let end = 1; end < text.length - 30; end += 1) {
        growing.show(text.slice(0, end));
        if (end > 12) { first ??= box.firstElementChild; kept &&= box.firstElementChild === first; }
      }
      growing.show(text, true);
      const whole = document.createElement('div');
      whole.append(markdown(text));
      return [kept, box.innerHTML.replace(/\\n/g, ''), whole.innerHTML.replace(/\\n/g, '')];
    }""")
    kept, grown, whole = await page.evaluate(script, text)
    assert kept
    assert grown == whole


FOUND = rendering("""([texts, selector], markdown) => texts.map((text) =>
  [...markdown(text).querySelectorAll(selector)].map((node) => node.textContent))""")


async def test_spoilers_within_a_sentence(page: Page) -> None:
    texts = ["It was ||the butler||, and ||**not** the cook||.", "他是||凶手||吗", "a || b", "one | two", "||||"]
    assert await page.evaluate(FOUND, [texts, ".spoiler"]) == [["the butler", "not the cook"], ["凶手"], [], [], []]


async def test_formulas_where_the_parser_goes_back(page: Page) -> None:
    """It reads what follows a bracket to see whether it is a link, and then again."""
    texts = ["\\(a\\) [see \\(x\\) and \\(y\\)](https://a.example)", "[0, \\(x\\) and \\(y\\)", "[ \\(x\\) costs \\( 5"]
    assert await page.evaluate(FOUND, [texts, ".math"]) == [["a", "x", "y"], ["x", "y"], ["x"]]


# An open paragraph is rendered in pieces from 1,000 characters on.
SPANS = ["Some plain words. ", "**bold words** ", "*a b* ", "`code * here` ", "[link](https://a.example) ",
         "||secret|| ", "snake_case ", "2 * 3 ", "它看见了**一条**河。", "[sigh] ", "\n", "- no list, ", "&amp; ",
         "https://a.example/b_c ", "~~gone~~ ", "\\* ", "1. "]  # fmt: skip


async def test_a_long_paragraph_that_grows_says_what_it_would_say_at_once(page: Page) -> None:
    draw = random.Random(5)
    texts = ["A story. " + "".join(draw.choices(SPANS, k=400)) + ending for ending in ("", "\n===\n", "\n\n- one")]
    assert await page.evaluate(SAME, {"texts": texts, "step": 40, "nodes": True}) == []


@pytest.mark.parametrize("sentence", ["Some words. ", "一只狐狸走。"])
async def test_a_word_longer_than_an_open_paragraph_may_be(page: Page, sentence: str) -> None:
    """Nowhere to divide after the sentences: this once divided at the same place for ever."""
    texts = [sentence * count + "x" * length + " end." for count, length in ((10, 3000), (100, 6000))]
    assert await page.evaluate(SAME, {"texts": texts, "step": 40, "nodes": True}) == []


CONTINUED = rendering("""async (texts, markdown) => {
  const { GrowingText } = await import('./static/growing_text.js');
  const different = [];
  for (const [text, more] of texts) {
    const box = document.createElement('div');
    const growing = new GrowingText(box);
    for (let end = 4; end < text.length; end += 4) growing.show(text.slice(0, end));
    await growing.show(text, true);
    growing.show(text + more);
    if (box.textContent !== markdown(text + more).textContent) different.push(box.outerHTML);
  }
  return different;
}""")


async def test_a_finished_text_that_is_continued_repeats_nothing(page: Page) -> None:
    texts = [
        ("Some words. " * 200, "More words."),
        ("a [ref] word\n\nb\n\n[ref]: https://a.example\n", "\nMore words."),
        ("```py\nx = 1\ny = 2", " + 3\nz = 4\n"),
    ]
    assert await page.evaluate(CONTINUED, texts) == []


PIECES = ["- one\n", "- two **bold**\n", "  - inner\n", "* star\n", "3. three\n", "12. twelve\n", "\n", "words ", "\n",
          "```py\n", "x = 1\n", "  y\n", "```\n", "~~~~\n", "```", "> quoted\n", "# title\n", "| a |\n|---|\n",
          "- [x] task\n", "    four\n", "中文\n"]  # fmt: skip
SAME = rendering("""async ({ texts, step, nodes }, markdown) => {
  const { GrowingText } = await import('./static/growing_text.js');
  const words = (node) => node.textContent.replace(/\\s/g, '');
  const different = [];
  for (const text of texts) {
    const box = document.createElement('div');
    const growing = new GrowingText(box);
    for (let end = step; end < text.length; end += step) {
      growing.show(text.slice(0, end));
      if (growing.text.length < end) continue; // a long open block is not drawn at each update
      if (words(box) !== words(markdown(text.slice(0, end)))) { different.push([text, end, box.outerHTML]); break; }
    }
    await growing.show(text, true);
    const whole = document.createElement('div');
    whole.append(markdown(text));
    if (words(box) !== words(whole) || (nodes && box.innerHTML !== whole.innerHTML))
      different.push([text, box.outerHTML]);
  }
  return different.slice(0, 3);
}""")


async def test_a_text_that_grows_says_what_it_would_say_at_once(page: Page) -> None:
    draw = random.Random(3)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(3, 20))) for _ in range(60)]
    assert await page.evaluate(SAME, {"texts": texts, "step": 1, "nodes": False}) == []


WORK = """async (unit) => {
  const { GrowingText } = await import('./static/growing_text.js');
  const box = document.createElement('div');
  const growing = new GrowingText(box);
  let nodes = 0;
  const observer = new MutationObserver(() => {});
  observer.observe(box, { childList: true, subtree: true });
  const text = unit.first + unit.again.repeat(Math.ceil(32000 / unit.again.length));
  const most = { read: 0, nodes: 0, mean: 0 };
  let [read, updates] = [0, 0];
  for (let end = 500; end < text.length; end += 40) {
    growing.show(text.slice(0, end));
    const changed = observer.takeRecords().reduce((sum, { addedNodes: { length } }) => sum + length, 0);
    if (end > 1000) { most.read = Math.max(most.read, growing.read); most.nodes = Math.max(most.nodes, changed); }
    read += growing.read;
    updates += 1;
  }
  most.mean = read / updates;
  return most;
}"""


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("", "Some words of a long story, with **bold** and `code`. " * 4 + "\n\n"),
        ("", "- an item of the list, with some words\n"),
        ("1. one\n", "2. an item of the list, with some words\n\n"),
        ("```py\n", "x = 1  # a line of code\n"),
    ],
)
async def test_the_work_does_not_grow_with_the_text(page: Page, first: str, again: str) -> None:
    """32,000 characters: each new chunk parses and renders about one paragraph, item or line."""
    most = await page.evaluate(WORK, {"first": first, "again": again})
    assert most["read"] < 2 * len(again) + 100
    assert most["nodes"] < 12


SENTENCE = "Some words of a long story, with **bold** and `code`. "


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("", SENTENCE),
        ("Two * three, a [bracket and `a tick. ", SENTENCE),
        ("", "一只狐狸走过了山坡，**然后**它看见了一条河。"),
        ("", "一只狐狸走过了山坡"),
        ("", "x"),
        ("", "🦊"),
        ("", SENTENCE + "\n"),
    ],
)
async def test_the_work_does_not_grow_with_one_paragraph(page: Page, first: str, again: str) -> None:
    most = await page.evaluate(WORK, {"first": first, "again": again})
    assert most["read"] < 9000
    assert most["nodes"] < 40
    assert most["mean"] < 2000


@pytest.mark.parametrize(
    ("first", "again"),
    [("", f"> {SENTENCE}\n"), ("- one\n- ", SENTENCE), ("|a|b|\n|-|-|\n", "|words|of a cell|\n")],
)
async def test_a_long_open_block_is_not_drawn_at_each_update(page: Page, first: str, again: str) -> None:
    """What cannot be rendered in pieces is parsed as a whole, but the longer it is the more rarely."""
    most = await page.evaluate(WORK, {"first": first, "again": again})
    assert most["mean"] < 2000


SPEC = Path(__file__).parents[3] / "build" / "commonmark-spec" / "spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


async def test_commonmark(page: Page) -> None:
    """`make commonmark-spec` fetches the examples; those with HTML or pictures do not apply to this page."""
    if not SPEC.is_file():
        pytest.skip("no CommonMark specification in build/ (make commonmark-spec)")
    examples = [(a.replace("→", "\t"), b.replace("→", "\t")) for a, b in EXAMPLE.findall(SPEC.read_text("utf-8"))]
    assert len(examples) > 600
    script = """(texts) => import('./static/markdown.js').then(({ engine }) => {
      const md = engine({ breaks: false, depth: 0 });
      md.set({ linkify: false });
      return texts.map((text) => md.render(text));
    })"""
    made: list[Any] = await page.evaluate(script, [text for text, _ in examples])
    tried = [(text, _plain(wanted), _plain(got)) for (text, wanted), got in zip(examples, made, strict=True)]
    tried = [one for one in tried if "<" not in re.sub(r"<(https?|mailto):", "", one[0]) and "<img" not in one[1]]
    wrong = [one for one in tried if one[1] != one[2] and "href" not in one[1]]
    assert len(tried) > 400
    assert len(wrong) <= 12, wrong[:5]


def _plain(html: str) -> str:
    html = re.sub(r'<pre><code class="language-([^"\s]+)[^"]*">', r'<pre data-language="\1"><code>', html)
    return re.sub(r"\s*\n\s*", "\n", html).replace("<br />", "<br>").replace("<hr />", "<hr>").strip()
