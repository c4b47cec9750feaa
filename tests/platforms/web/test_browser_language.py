"""Accept-Language headers, both well-formed and malformed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.i18n import LANGUAGES
from bot.platforms.web.browser_language import language_of

CASES = [
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
    ("zh-Hant-TW", "zh_CN"),
    ("fr-FR,ja;q=0.5,en;q=0.4", "ja"),
    ("en;q=0.4,ja;q=0.5", "ja"),
    ("en;q=0,ja;q=0.1", "ja"),
    ("en;q=0", "ja"),
    ("de", "ja"),
    ("*", "ja"),
    ("", "ja"),
    ("en;q=abc,zh;q=0.1", "zh_CN"),
    ("EN-us", "en"),
]


@pytest.mark.parametrize(("header", "language"), CASES)
def test_the_best_language_wins(header: str, language: str) -> None:
    assert language_of(Headers({"accept-language": header}), "ja") == language


@given(st.text(st.characters(max_codepoint=255)))
def test_nonsense_does_no_harm(header: str) -> None:
    assert language_of(Headers(raw=[(b"accept-language", header.encode("latin-1"))]), "en") in LANGUAGES


@pytest.mark.parametrize(("cookie", "language"), [("zh_CN", "zh_CN"), ("../x", "ja"), ("", "ja")])
def test_what_was_chosen_on_the_page_comes_first(cookie: str, language: str) -> None:
    headers = Headers({"accept-language": "ja", "cookie": f"other=1; roost_language={cookie}"})
    assert language_of(headers, "en") == language
