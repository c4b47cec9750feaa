"""How a reply appears in a terminal and in a pipe."""

import io
import re
from pathlib import Path

import pytest

from bot.events import File, Reply, Speaker
from bot.platforms.console.console_sink import ConsoleSink, harmless


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_a_terminal_sees_words_as_they_come() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    await sink.update(Reply(text="He", kind="turn"))
    await sink.update(Reply(text="Hello the", kind="turn"))
    assert out.getvalue().endswith("Hello "), "a word is shown once it is whole"
    await sink.send(Reply(text="Hello there", kind="turn", position=(2, 3), speaker=Speaker("Owl")))
    shown = out.getvalue()
    assert shown.count("Hello there") == 1
    assert shown.count("Roost:") == 1
    assert "2/3" in shown
    await sink.send(Reply(text="**done**", kind="info"))
    assert not sink.refused
    await sink.send(Reply(text="wrong", kind="error"))
    assert "wrong" in out.getvalue()
    assert sink.refused


async def test_long_lines_break_at_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    for end in (5, 17, 26):
        await sink.update(Reply(text="the little owl sang again"[:end], kind="turn"))
    await sink.send(Reply(text="the little owl sang again", kind="turn"))
    assert out.getvalue().endswith("the little \nowl sang again\n")


async def test_each_line_of_an_answer_stays_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    text = (
        "**Talking**\n`+chat` `+say`\n**Scenes**\n`+scene`\n\nA last line.\n```\n· 1    root\n▶ 2    hello\n```\nafter"
    )
    await ConsoleSink("Roost", out).send(Reply(text=text))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert [line.strip() for line in plain.splitlines() if line.strip()] == [
        "Talking", "+chat +say", "Scenes", "+scene", "A last line.", "· 1    root", "▶ 2    hello", "after",
    ]  # fmt: skip


async def test_candidates_are_written_once_they_are_final() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    for first, second in (("", ""), ("One", ""), ("One owl", "Two"), ("One owl", "Two owls")):
        await sink.update(Reply(text=f"**1.** {first}\n\n**2.** {second}", kind="turn"))
    assert out.getvalue() == ""
    await sink.send(Reply(text="**1.** One owl\n\n**2.** Two owls", kind="turn", speaker=Speaker("Owl")))
    assert re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()) == "Owl: \n1. One owl\n\n2. Two owls\n"


async def test_frames_that_a_filter_ends_differently_do_not_pile_up() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    for text in ("The 🦉", "The owl 🦉", "The owl sings 🦉"):
        await sink.update(Reply(text=text, kind="turn"))
    await sink.send(Reply(text="The owl sings. 🦉", kind="turn"))
    assert out.getvalue().count("The") == 2, "the first frame and the final text"


async def test_text_that_changes_behind_us_is_written_again() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    await sink.update(Reply(text="bad word", kind="turn"))
    await sink.send(Reply(text="*** word", kind="turn"))
    assert out.getvalue().endswith("\n*** word\n")


async def test_no_colour_depends_on_the_background() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    await sink.send(Reply(text="Hello", kind="turn", finish_reason="length"))
    assert "\x1b[3" not in out.getvalue()
    assert "\x1b[1;3" not in out.getvalue()


async def test_a_pipe_sees_only_whole_answers_and_files_are_saved(tmp_path: Path) -> None:
    out = io.StringIO()
    sink = ConsoleSink("Roost", out, tmp_path)
    await sink.typing()
    await sink.update(Reply(text="He", kind="turn"))
    assert out.getvalue() == ""
    await sink.send(Reply(text="Hello", kind="turn", files=(File("x.json", b"123"),)))
    assert out.getvalue() == f"Hello\n[saved: {tmp_path / 'x.json'}, 3 bytes]\n"
    assert (tmp_path / "x.json").read_bytes() == b"123"


async def test_output_that_fails_is_told_once_and_raises_nothing() -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    sink = ConsoleSink("Roost", Full())
    await sink.send(Reply(text="Hello", kind="turn"))
    await sink.send(Reply(text="again", kind="turn"))
    assert sink.failure is not None


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x1b[2J", "\u009b31m", "a\rb"])
def test_a_model_cannot_steer_the_terminal(text: str) -> None:
    assert not set(harmless(text)) & set("\x1b\x07\u009b\r")
