"""Text in the encodings that editors in various countries use."""

import contextlib

import pytest

from bot.errors import InvalidOption
from bot.library.text_decoding import declared, decoded
from tests.timing import thread_seconds

CHINESE = "User: 你好\n\nBot: 你好！"
TRADITIONAL = "User: 你今天過得怎麼樣？\n\nBot: 我很好，謝謝你的關心。"
JAPANESE = "User: こんにちは、元気ですか。\n\nBot: はい、とても元気です。今日は天気がいいですね。"
KOREAN = "User: 안녕하세요\n\nBot: 네, 안녕하세요. 반갑습니다."
RUSSIAN = "User: Привет, как дела?\n\nBot: Хорошо, спасибо. А у тебя?"
FRENCH = "User: Où est le café ?\n\nBot: Il est là-bas, à côté de l’église."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"), (CHINESE, "utf-8-sig"), (CHINESE, "utf-16"), (CHINESE, "utf-32"), (CHINESE, "gbk"),
        (CHINESE, "gb18030"), (TRADITIONAL, "big5"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"), (RUSSIAN, "cp1251"), (FRENCH, "cp1252"), ("User: hello\n\nBot: Hi!\n", "utf-16-le"),
        ("User: hello\n\nBot: Hi!\n", "utf-16-be"),
    ],
)  # fmt: skip
def test_what_was_saved_is_read(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["gbk", "shift_jis"])
def test_a_coding_line_is_believed(encoding: str) -> None:
    text = f'# -*- coding: {encoding} -*-\nuser = "日本"\n'
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xfea",
        b"# coding: utf-8\n\xff\xfe\xff",
        bytes(range(256)),
        b"\x00\x01\x80",
    ],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidOption, match="UTF-8"):
        decoded(data)


@pytest.mark.parametrize("data", [b"# coding: rot13\nabc\xff", b"# coding: none-such\n\xe9t\xe9"])
def test_a_strange_declaration_is_not_followed(data: bytes) -> None:
    assert "coding" in decoded(data)


def test_a_large_file_is_looked_at_in_part() -> None:
    text = "你好，世界。" * 200_000
    assert decoded(text.encode("gbk")) == text


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "raw-unicode-escape", "UTF7", "undefined", "aliases"]
)
def test_what_is_no_character_set_is_not_followed(name: str) -> None:
    assert declared(f"# coding: {name}\n".encode()) is None


def test_character_sets_are_known_by_any_of_their_names() -> None:
    for name in ("gbk", "Shift-JIS", "latin-1", "koi8_u", "cp874", "utf-8", "UTF8", "csibm273"):
        assert declared(f"# coding: {name}\n".encode()) == name


def test_punycode_takes_nobodys_time() -> None:
    """Decoding it moves all of the text for each character."""
    data = b"# coding: punycode\n" + b"x\0" * 35_000 + b"-" + b"a" * 300_000

    def read() -> None:
        with contextlib.suppress(InvalidOption):
            decoded(data)

    assert thread_seconds(read) < 5, "it would be a minute"
