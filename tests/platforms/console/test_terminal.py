"""Typing in a terminal."""

import io
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.platforms.console.terminal import AGAIN, AGAIN_SECONDS, TwicePressed, typed_messages, without_echo


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as made, create_app_session(input=made, output=DummyOutput()):
        yield made


async def typed(told: list[str], history: Path | None = None) -> list[str]:
    return [text async for text in typed_messages(DummyCompleter(), history, TwicePressed(lambda: 0.0), told.append)]


async def test_lines_until_the_end_of_the_input(keyboard: PipeInput, tmp_path: Path) -> None:
    keyboard.send_text("hello\rone\x1b\rtwo\r  \r\x04")
    told: list[str] = []
    assert await typed(told, tmp_path / "deep" / "history") == ["hello", "one\ntwo"]
    assert "Ctrl-D" in told[0]
    assert "+hello" in (tmp_path / "deep" / "history").read_text()


async def test_ctrl_c_clears_then_asks_then_leaves(keyboard: PipeInput) -> None:
    keyboard.send_text("half\x03whole\r\x03\x03")
    told: list[str] = []
    assert await typed(told) == ["whole"]
    assert told[1:] == [AGAIN]


@pytest.mark.parametrize(
    "keys", ["\x1b]0;title\x07", "\x1b[200~\x1b[2J\x1b[201~", "\x1b[99;99~", "\x1b[31m", "\x16\x1b[31m"]
)
async def test_typed_escape_sequences_end_nothing(keyboard: PipeInput, keys: str) -> None:
    keyboard.send_text(f"a{keys}b\rnext\r\x04")
    told: list[str] = []
    texts = await typed(told)
    assert texts[-1] == "next"


def test_twice_means_within_a_short_time() -> None:
    now = [0.0]
    leaving = TwicePressed(lambda: now[0])
    assert not leaving.press()
    now[0] += AGAIN_SECONDS + 1
    assert not leaving.press()
    now[0] += 1
    assert leaving.press()


def test_keys_are_not_echoed_while_a_reply_is_written() -> None:
    import termios

    master, slave = pty.openpty()
    with os.fdopen(slave, "r+b", buffering=0) as terminal:
        source = io.TextIOWrapper(terminal)
        with without_echo(source):
            assert not termios.tcgetattr(slave)[3] & termios.ECHO
        assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(master)


def test_what_is_no_terminal_is_left_alone() -> None:
    with without_echo(io.StringIO()):
        pass
