"""Messages from a pipe."""

import io

import pytest

from bot.platforms.console.piped_lines import piped_messages


async def read(source: io.TextIOBase) -> list[str]:
    return [text async for text in piped_messages(source)]  # type: ignore[arg-type]  # a text stream


async def test_one_a_line_and_backslashes_join() -> None:
    text = "hello\n\n  \none\\\ntwo\r\nlast without an end"
    assert await read(io.StringIO(text)) == ["hello", "one\ntwo", "last without an end"]
    assert await read(io.StringIO("half\\\n")) == ["half\n"]


async def test_bytes_that_are_no_text_are_an_error_and_no_end() -> None:
    strict = io.TextIOWrapper(io.BytesIO(b"hello\nbad \xff\n"), encoding="utf-8", errors="strict")
    with pytest.raises(UnicodeDecodeError):
        await read(strict)
    lenient = io.TextIOWrapper(io.BytesIO(b"hello\nbad \xff\nlast"), encoding="utf-8", errors="replace")
    assert await read(lenient) == ["hello", "bad \ufffd", "last"]


async def test_a_closed_source_is_the_end() -> None:
    source = io.StringIO("x")
    source.close()
    assert await read(source) == []
