"""The page's own texts."""

import re
from pathlib import Path

import pytest

from bot.platforms.web import page_texts as page_texts_module
from bot.platforms.web.page_texts import PAGE_TEXTS, SIGN_IN_TEXTS, page_texts

STATIC = Path(page_texts_module.__file__).parent / "static"


def test_each_text_stands_once() -> None:
    for texts in (PAGE_TEXTS, SIGN_IN_TEXTS):
        assert len(texts) == len(set(texts))


def test_english_needs_no_translations() -> None:
    assert page_texts("en") == {}


@pytest.mark.parametrize("language", ["zh_CN", "ja"])
def test_placeholders_survive_translation(language: str) -> None:
    for text, words in page_texts(language).items():
        assert sorted(re.findall(r"\{\w+\}", words)) == sorted(re.findall(r"\{\w+\}", text)), text


def test_no_text_is_kept_that_nothing_shows() -> None:
    files = [path for path in STATIC.rglob("*.*") if path.suffix in (".js", ".html")]
    shown = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [text for text in PAGE_TEXTS if text not in shown] == []
