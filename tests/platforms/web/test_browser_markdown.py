"""Markdown in a real DOM: generated inputs without a script or a style escaping, blocks that stay, and CommonMark."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.platforms.web.hostile_texts import hostile_texts
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TEXTS = 5000
CHECK = (Path(__file__).parent / "escapes.js").read_text("utf-8")
# As a reply on the page: as wide as the messages are, and it scrolls.
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
    assert [url for url in requests if not url.startswith(f"{stage.url}static/")] == []


async def test_finished_blocks_stay_and_the_end_is_what_is_read_at_once(page: Page) -> None:
    text = (
        "# T\n\none **two**\n\n- a\n- b\n\n```py\nx = 1\n\ny = 2\n```\n\nlast [ref] words\n\n[ref]: https://a.example\n"
    )
    script = """(text) => import('./static/markdown.js').then(({ GrowingText, markdown }) => {
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
    })"""
    kept, grown, whole = await page.evaluate(script, text)
    assert kept
    assert grown == whole


SPEC = Path(__file__).parents[3] / "build" / "commonmark-spec" / "spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


async def test_commonmark(page: Page) -> None:
    """`make commonmark-spec` fetches the examples; those that need HTML, or pictures, are not for this page."""
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
