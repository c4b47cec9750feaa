"""Markdown in a real DOM: generated inputs without a script or a style escaping, blocks that stay, and CommonMark."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PIECES = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<style>*{display:none}</style>",
    "[a](javascript:alert(1))", "[a](data:text/html,<script>alert(1)</script>)", "![i](javascript:alert(1))",
    "![i](https://evil.example/x.png)", '[x](https://a.example/"onmouseover="alert(1))', "<https://a.example>",
    "<javascript:alert(1)>", "**", "*", "_", "__", "~~", "||", "`", "```", "\n", "\n\n", "> ", "- ", "1. ", "# ",
    "| a | b |\n|---|:-:|\n",
    "[ref]", "[ref]: javascript:alert(1)\n", "[ref]: https://a.example 'title'\n",
    "&lt;script&gt;", "&#106;avascript:", "\\", "a", "中文，", "🙂",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>", '<a href="x" style="position:fixed">', "</p>",
    "<!--", "-->", "<math><mtext>", "\u202e",
]  # fmt: skip
CHECK = """(texts) => import('./static/markdown.js').then(({ GrowingText }) => {
  const bad = [];
  for (const text of texts) {
    const box = document.createElement('div');
    document.body.append(box);
    const growing = new GrowingText(box);
    for (let end = 0; end < text.length; end += 1 + Math.floor(text.length / 3)) growing.show(text.slice(0, end));
    growing.show(text, true);
    for (const node of box.querySelectorAll('*')) {
      const names = [...node.attributes].map((attribute) => attribute.name);
      const url = node.getAttribute('href') ?? 'https:';
      if (names.some((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc' || name === 'src')
        || /^(SCRIPT|STYLE|IFRAME|IMG|SVG|MATH|OBJECT|FORM|LINK|META|BASE)$/i.test(node.tagName)
        || /^\\s*(javascript|data|vbscript):/i.test(url)) bad.push([text, node.outerHTML]);
    }
    box.remove();
  }
  return bad;
})"""


async def test_five_thousand_generated_texts_let_nothing_escape(page: Page) -> None:
    draw = random.Random(7)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(1, 14))) for _ in range(5000)]
    for start in range(0, len(texts), 500):
        assert await page.evaluate(CHECK, texts[start : start + 500]) == []


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
