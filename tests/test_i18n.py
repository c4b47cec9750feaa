"""The catalogues are complete, have matching placeholders, and are compiled."""

import re

import pytest
from babel.messages.pofile import read_po

from bot.errors import UserError
from bot.i18n import LANGUAGES, Message, match_language, translate, translate_error
from tools import messages

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_placeholders_agree(language: str) -> None:
    with messages.po_file(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    wanted = {message.id for message in messages.template() if message.id}
    have = {str(message.id): message for message in catalog if message.id}
    assert wanted - set(have) == set(), "run `make messages` and translate"
    assert set(have) - wanted == set(), "run `make messages`: these texts are gone"
    for text, message in have.items():
        assert message.string, f"not translated: {text}"
        assert not message.fuzzy, text
        assert set(re.findall(r"\{\w*\}", str(message.string))) == set(re.findall(r"\{\w*\}", text)), text
        assert str(message.string).count("`") == text.count("`"), text


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_current(language: str) -> None:
    with messages.po_file(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    for message in catalog:
        if message.id:
            assert translate(str(message.id), language) == message.string, "run `make messages`"


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_does_not_tell_when_it_was_made(language: str) -> None:
    """So `make messages` changes nothing if no text has changed."""
    with messages.po_file(language).open("rb") as file:
        compiled = messages.compiled(read_po(file, locale=language))
    assert b"POT-Creation-Date: 2026-01-01 00:00" in compiled
    assert b"POT-Creation-Date: 2026-01-01 00:00" in messages.po_file(language).with_suffix(".mo").read_bytes()


def test_languages_are_matched() -> None:
    assert [match_language(tag) for tag in ("zh-TW", "ja_JP", "en-GB", "de", "", None, "日本語", "zh-cn")] == [
        "zh_CN", "ja", "en", None, None, None, "ja", "zh_CN",
    ]  # fmt: skip


def test_values_cannot_reach_into_texts() -> None:
    assert translate("There is no command +{name}. Did you mean +{near}?", "en", name="{near}", near="undo") == (
        "There is no command +{near}. Did you mean +undo?"
    )
    assert translate("100% {odd} {0.__class__}", "de", odd=1) == "100% 1 {0.__class__}"
    assert translate_error(UserError("The message is empty."), "ja") == "メッセージが空です。"


def test_a_message_is_translated_with_its_values_when_it_is_read() -> None:
    empty = Message("The message is empty.")
    nested = Message("{url}: {problem} {count}", url="{count}", problem=empty, count=1)
    assert str(nested) == "{count}: The message is empty. 1"
    assert nested.in_language("ja") == "{count}: メッセージが空です。 1"
    assert translate_error(UserError("{a}", a=UserError("{b}", b=empty)), "ja") == "メッセージが空です。"
    assert str(UserError("x {a}", a=empty)) == "x The message is empty."
    assert nested == Message("{url}: {problem} {count}", url="{count}", problem=empty, count=1)
    assert nested != Message("{url}: {problem} {count}")
    assert len({empty, Message("The message is empty.")}) == 1
