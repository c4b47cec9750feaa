"""The HTML pages in the user's language: ``{{Send}}`` in a file is replaced by its translation."""

import html
import json
import re
from collections.abc import Mapping
from functools import cache

from bot.i18n import KNOWN, translate
from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.assets.static_files import version
from bot.platforms.web.page_texts import page_texts

HTML_LANGUAGES = {each.code: each.html for each in KNOWN}
_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
_CODE = re.compile("`([^`]+)`")


def render_page(language: str, name: str, settings: Mapping[str, object]) -> str:
    """Render the chat page. Its scripts get ``settings`` as JSON."""
    values = {**settings, "name": name, "language": language, "texts": page_texts(language)}
    return render("page.html", language, {"name": name, "settings": values})


def render_sign_in(language: str, name: str, *, wrong: bool, accounts: bool = False) -> str:
    """Render the form that asks for the token. ``wrong``: a wrong one was sent. ``accounts``: offer signing in."""
    hint = "Wrong token." if wrong else "It is in the settings of this Roost, under [web] token."
    values = {"name": name, "hint": translate(hint, language), "accounts": "" if accounts else " hidden"}
    return render("sign-in.html", language, values)


def render_shared(language: str, name: str) -> str:
    """Render the page of a shared conversation. Its script fetches the turns."""
    values = {"name": name, "language": language, "texts": page_texts(language)}
    return render("shared.html", language, {"name": name, "settings": values})


def render_owner(language: str, name: str, *, code: str, wrong: bool) -> str:
    """Render the page of an owner link. ``wrong``: the link is used, expired or invalid."""
    title = "This link is no longer valid." if wrong else "Sign in as owner of this Roost?"
    hint = (
        "A link works once, within a day. `roost web link` prints a new one."
        if wrong
        else "This browser will be able to use the administrator's commands."
    )
    values = {"name": name, "title": translate(title, language), "hint": translate(hint, language), "code": code}
    hidden = {"right": " hidden" if wrong else "", "wrong": "" if wrong else " hidden"}
    return render("owner.html", language, values | hidden)


def render(file: str, language: str, values: Mapping[str, object]) -> str:
    def fill(match: re.Match[str]) -> str:
        key = match[1]
        if key == "language":
            return HTML_LANGUAGES.get(language, "en")
        if key == "files":
            return f"static/{version()}"
        if key == "script":
            return page_script()
        if key == "settings":
            return _script_json(values[key])
        text = html.escape(str(values[key]) if key in values else translate(key, language))
        return _CODE.sub(r"<code>\1</code>", text) if key == "hint" else text

    return _PLACEHOLDER.sub(fill, _source(file))


@cache
def page_script() -> str:
    """Return the script inside the chat page's HTML."""
    return _source("theme.js") + _source("early.js")


@cache
def _source(file: str) -> str:
    return (STATIC / file).read_text(encoding="utf-8")


def _script_json(value: object) -> str:
    """Return JSON that is safe inside a ``<script>`` element: it cannot close it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
