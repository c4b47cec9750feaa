"""Generic checks of a page: too wide, touch targets too small, not reachable by keyboard, untranslated."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from bot.i18n import LANGUAGES, translate
from bot.platforms.web.accounts.account_texts import ACCOUNT_TEXTS, FORM_TEXTS
from bot.platforms.web.page_texts import PAGE_TEXTS, SIGN_IN_TEXTS
from bot.platforms.web.view_texts import VIEW_TEXTS

AXE = Path(__file__).parents[3] / "build" / "axe" / "axe.min.js"  # `make axe` fetches it
WORDS = {
    *PAGE_TEXTS,
    *SIGN_IN_TEXTS,
    *ACCOUNT_TEXTS,
    *FORM_TEXTS,
    *(text for texts in VIEW_TEXTS.values() for text in texts),
}
TRANSLATED = {language: {translate(text, language) for text in WORDS} for language in LANGUAGES}
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
# Elements that may scroll because their content is wider: code, tables, pictures, answers side by side.
SCROLLERS = ".text pre, .text table, .math, .answers, .tree, pre.log, .tabs, .source"

LAYOUT = """(scrollers) => {
  const found = [];
  const kind = (node) => node.getAttribute("class") ?? "";
  const name = (node) => `${node.tagName}#${node.id}.${kind(node)} ${node.textContent.slice(0, 40)}`;
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide`);
  for (const node of document.querySelectorAll("header")) {
    if (node.scrollHeight > node.clientHeight + 1) found.push(`cut off: ${name(node)}`);
  }
  const modal = document.querySelector("dialog:modal");
  for (const node of (modal ?? document.body).querySelectorAll("*")) {
    if (!node.checkVisibility({ visibilityProperty: true }) || node.closest(".quiet, .skip, svg, math")) continue;
    const { display, overflowX, textOverflow } = getComputedStyle(node);
    const scrolls = /auto|scroll/.test(overflowX);
    if (scrolls && !node.matches(scrollers) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
      found.push(`scrolls sideways: ${name(node)}`);
    if (node.matches("button, .link, label, h1, h2, h3, dt, dd") && node.scrollWidth > node.clientWidth + 1 && !scrolls
      && display !== "inline" && textOverflow !== "ellipsis") found.push(`cut off: ${name(node)}`);
    if (!node.matches("button, select, input, textarea, summary, a")) continue;
    const target = node.closest("label") ?? node;
    const { left, right, width, height } = target.getBoundingClientRect();
    if (!node.closest(scrollers) && (left < -1 || right > innerWidth + 1)) found.push(`out of sight: ${name(node)}`);
    if (node.matches("p a, .text a, input[type=range], .task") || node.closest("pre")) continue;
    if (width < 39.5 || height < 39.5) found.push(`${Math.round(width)}x${Math.round(height)} px: ${name(node)}`);
  }
  return found;
}"""

SHOWN = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.nodeType === 3 ? node.parentElement : node;
    const other = "script, style, noscript, pre, textarea, code, body [lang]";
    if (element.closest(other) || !element.checkVisibility()) continue;
    if (node.nodeType === 3) found.add(node.data.trim());
    else for (const one of ["aria-label", "title", "placeholder", "alt"]) {
      found.add((node.getAttribute(one) ?? "").trim());
    }
  }
  found.delete("");
  return [...found];
}"""

# Everything that the Tab key should reach; only one radio button of each group.
WATCH = """() => {
  const root = document.querySelector("dialog:modal") ?? document.body;
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  window.sought = new Set([...root.querySelectorAll(all)].filter((node) => !node.disabled && node.tabIndex >= 0
    && node.checkVisibility({ visibilityProperty: true }) && node.type !== "radio"));
  window.dim = [];
  window.watching?.abort();
  window.watching = new AbortController();
  document.addEventListener("focusin", ({ target }) => {
    window.sought.delete(target);
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    if ((outlineStyle === "none" || parseFloat(outlineWidth) < 1) && target.id !== "input" && target !== document.body)
      window.dim.push(target.outerHTML.slice(0, 150));
    const { bottom, right, top, left } = target.getBoundingClientRect();
    if (bottom < 0 || right < 0 || top > innerHeight || left > innerWidth)
      requestAnimationFrame(() => { if (document.activeElement === target) {
        const now = target.getBoundingClientRect();
        if (now.bottom < 0 || now.top > innerHeight) window.dim.push(`out of sight: ${target.outerHTML.slice(0, 150)}`);
      } });
  }, { signal: window.watching.signal });
  document.activeElement?.blur();
  return window.sought.size;
}"""


def pattern(texts: set[str]) -> re.Pattern[str]:
    """Match ``texts`` with anything in place of their {placeholders}."""
    return re.compile("|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(text)) for text in texts))


async def layout_faults(page: Page) -> list[str]:
    """List what is too wide, cut off, out of sight, or a touch target smaller than 40 pixels."""
    found: list[str] = await page.evaluate(LAYOUT, SCROLLERS)
    return found


async def keyboard_faults(page: Page) -> list[str]:
    """List what the Tab key does not reach, and what does not show that it has the focus."""
    count = await page.evaluate(WATCH)
    for presses in range(1, 2 * count + 21):  # scrollable elements can have the focus, too
        await page.keyboard.press("Tab")
        if presses >= count and not await page.evaluate("window.sought.size"):
            break
    faults: list[str] = await page.evaluate(
        "watching.abort(), [...dim, ...[...sought].filter((node) => node.isConnected && node.checkVisibility())"
        ".map((node) => `not reached: ${node.outerHTML.slice(0, 150)}`)]"
    )
    return faults


async def words_not_in(page: Page, language: str) -> list[str]:
    """List the texts shown that are not in ``language``."""
    shown: list[str] = await page.evaluate(SHOWN)
    raw = [text for text in shown if re.search(r"\{\w+\}", text)]
    if language == "en":
        return raw
    forgotten = [text for text in shown if text in WORDS - TRANSLATED[language]]
    waiting = pattern({text for text in WORDS if translate(text, language) == text})  # the catalogue test finds them
    plain = {text: re.sub(r"`[^`]*`", "", text) for text in shown if not waiting.fullmatch(text)}
    return raw + forgotten + [text for text, words in plain.items() if SENTENCE.search(words)]


async def violations(page: Page) -> list[str]:
    """List what axe-core finds; nothing if it was not downloaded."""
    if not AXE.is_file():
        return []
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    script = (
        "axe.run().then((found) => found.violations.flatMap("
        "(one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`)))"
    )
    found: list[Any] = await page.evaluate(script)
    return [str(one) for one in found]
