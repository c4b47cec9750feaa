"""The page as served: language, files, size, and that all its texts are in the catalogue."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.page_texts import PAGE_TEXTS, SIGN_IN_TEXTS
from bot.platforms.web.template import render_owner, render_page, render_sign_in
from bot.platforms.web.view_texts import VIEW_TEXTS
from tests.platforms.web.conftest import Web


async def test_the_page_speaks_the_readers_language(web: Web) -> None:
    for wish, language in (("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hans"), ("ja", "ja"), ("fr,de", "en"), ("", "en")):
        answer = await web.client.get("/", headers={"Accept-Language": wish})
        assert f'<html lang="{language}">' in answer.text
        assert answer.headers["vary"].startswith("Accept-Language")


async def test_the_cookie(web: Web) -> None:
    answer = await web.client.get("/")
    cookies = answer.headers.get_list("set-cookie")
    for cookie, policy in zip(cookies, ("visitor=.*SameSite=lax", "strict=.*SameSite=strict"), strict=True):
        assert re.match(f"roost_{policy}", cookie)
        assert re.match(r"roost_[a-z]+=[0-9a-f]{32};", cookie)
        for word in ("HttpOnly", "Path=/", "Max-Age="):
            assert word in cookie
        assert "Secure" not in cookie
    web.client.cookies.clear()
    by_nobody_we_know = await web.client.get("/", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" not in by_nobody_we_know.headers["set-cookie"]


async def test_files_are_revalidated_and_compressed(web: Web) -> None:
    first = await web.client.get("/static/app.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    again = await web.client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await web.client.get("/static/app.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == (STATIC / "app.js").read_bytes()
    assert (await web.client.get("/static/page.html")).status_code == 404
    assert (await web.client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_only_the_script_in_the_html_is_allowed(web: Web) -> None:
    answer = await web.client.get("/")
    found = re.search(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "sha256" not in (await web.client.get("/api/history")).headers["content-security-policy"]


async def test_the_page_travels_compressed(web: Web) -> None:
    answer = await web.client.get("/", headers={"Accept-Language": "ja"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert 'lang="ja"' in answer.text
    plain = await web.client.get("/", headers={"Accept-Language": "ja", "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


PARSED_INERT = """
  const box = inert.createElement("span");
  box.innerHTML = html;
  texts.sanitize(box);
"""


def test_nothing_comes_from_elsewhere() -> None:
    for path in [*STATIC.glob("*.*"), *STATIC.glob("views/*/*.*")]:
        text = path.read_bytes().decode("utf-8", "replace")
        found = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert not found, f"{path.name} names {found}"
        if path == STATIC / "markdown.js":  # parsed in a document where nothing runs, and sanitized before it is shown
            assert text.count("innerHTML") == 1
            assert 'const inert = document.implementation.createHTMLDocument("");' in text
            assert PARSED_INERT in text
        else:
            assert "innerHTML" not in text
        assert "insertAdjacentHTML" not in text
        assert "eval(" not in text
        assert "style=" not in text


def test_the_libraries_are_those_of_the_manifest() -> None:
    """`python -m tools.vendor` writes them; any other change is detected here."""
    folder = STATIC / "vendor"
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    notices = {entry["license_file"] for entry in files.values()}
    assert {path.name for path in folder.iterdir()} == files.keys() | notices | {"manifest.json"}
    for name, entry in files.items():
        source = (folder / name).read_bytes()
        assert hashlib.sha256(source).hexdigest() == entry["sha256"], name
        assert entry["license"] in ("MIT", "Apache-2.0", "BSD-3-Clause", "ISC")
        assert (folder / entry["license_file"]).stat().st_size > 500
        for imported in re.findall(rb"""\b(?:from|import)\s*["']([\w@./-]+)["']""", source):
            assert imported.startswith(b"./"), (name, imported)
            assert imported.decode().removeprefix("./") in files


def used_texts() -> set[str]:
    return (texts_in(STATIC.glob("*.js")) | texts_in([STATIC / "page.html"])) - {
        "language",
        "name",
        "settings",
        "files",
        "script",
        "hint",
    }


def texts_in(paths: Iterable[Path]) -> set[str]:
    used: set[str] = set()
    for path in paths:
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"\{\{([^{}]+)\}\}", source)) if path.suffix == ".html" else set()
        used |= set(re.findall(r'\bt\("((?:[^"\\]|\\.)+)"', source))
        used |= {word for pair in re.findall(r'\bt\(\S+ \? "([^"]+)" : "([^"]+)"', source) for word in pair}
    return used


def words_of_view(name: str) -> set[str]:
    """Return the texts of a view's modules, beyond those the page already has."""
    return texts_in((STATIC / "views" / name).glob("*.js")) - set(PAGE_TEXTS)


def test_every_view_has_its_words() -> None:
    assert {path.name for path in (STATIC / "views").iterdir()} == VIEW_TEXTS.keys()


def test_every_word_of_the_page_is_in_the_catalogue_and_none_is_left_over() -> None:
    assert used_texts() == set(PAGE_TEXTS)
    sign_in = set(re.findall(r"\{\{([^{}]+)\}\}", (STATIC / "sign-in.html").read_text(encoding="utf-8")))
    hints = {"Wrong token.", "It is in the settings of this Roost, under [web] token."}
    assert (sign_in - {"language", "name", "hint", "accounts"}) | hints <= set(SIGN_IN_TEXTS)
    owner = render_owner("en", "Bot", code="<x>", wrong=False) + render_owner("en", "Bot", code="", wrong=True)
    for text in set(SIGN_IN_TEXTS) - sign_in - hints:
        shown = re.sub("`(.+?)`", r"<code>\1</code>", html.escape(text))
        assert f">{shown}<" in owner
    assert "&lt;x&gt;" in owner


@pytest.mark.parametrize("language", ["en", "zh_CN", "ja"])
def test_pages_render(language: str) -> None:
    page = render_page(language, "</script><b>Bot & co", {"maxMessageChars": 5})
    assert "{{" not in page
    assert "</script><b>" not in page
    found = re.search(r'id="settings">(.*?)</script>', page)
    assert found
    assert json.loads(found[1])["name"] == "</script><b>Bot & co"
    assert "{{" not in render_sign_in(language, "Bot", wrong=True)
