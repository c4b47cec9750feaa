"""The console: lines from a pipe, words as they come, Ctrl-C that stops the reply and not the program."""

import asyncio
import io
import os
from collections.abc import Sequence
from typing import TextIO

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.events import Called, Event, File, Origin, Reply, Said, Sink, Speaker
from bot.platforms.console.console_platform import CommandCompleter, ConsolePlatform
from bot.platforms.console.console_sink import ConsoleSink, harmless
from tests.waiting import PATIENCE, until


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Echo:
    """A dispatcher that answers with what it was asked, word by word."""

    def __init__(self, pause: float = 0.0) -> None:
        self.events: list[Event] = []
        self.pause = pause
        self.frames = 0
        self.stopped = asyncio.Event()

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        return []

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        return list(texts)

    async def handle(self, event: Event, sink: Sink) -> None:
        self.events.append(event)
        if not isinstance(event, Said):
            assert isinstance(event, Called)
            assert event.command == "stop"
            self.stopped.set()
            return
        words = f"you said {event.text}".split(" ")
        for count in range(1, len(words)):
            await sink.update(Reply(text=" ".join(words[:count]), kind="turn"))
            self.frames += 1
            await asyncio.sleep(self.pause)
            if self.stopped.is_set():
                await sink.send(Reply(text=" ".join(words[:count]), kind="turn", finish_reason="cancelled"))
                return
        await sink.send(Reply(text=" ".join(words), kind="turn"))


def console(dispatcher: Echo, source: TextIO, out: TextIO) -> ConsolePlatform:
    return ConsolePlatform(dispatcher, channel="here", source=source, out=out)


async def test_each_piped_line_gets_an_answer() -> None:
    echo, out = Echo(), io.StringIO()
    await console(echo, io.StringIO("hello\n\n  \n+reset\none\\\ntwo\nlast without an end"), out).run()
    assert [event.text for event in echo.events if isinstance(event, Said)] == [
        "hello",
        "+reset",
        "one\ntwo",
        "last without an end",
    ]
    assert out.getvalue() == ("you said hello\nyou said +reset\nyou said one\ntwo\nyou said last without an end\n")
    first = echo.events[0].origin
    assert (first.platform, first.channel, first.author.is_admin, first.is_group) == ("console", "here", True, False)


async def test_ctrl_c_stops_the_reply_and_not_the_program() -> None:
    echo, out = Echo(pause=0.05), io.StringIO()
    read, write = os.pipe()
    with os.fdopen(read) as source, os.fdopen(write, "w") as typing:
        platform = console(echo, source, out)
        assert not platform.interrupt(), "nothing is being written yet"
        running = asyncio.create_task(platform.run())
        typing.write("one two three four five six\n")
        typing.flush()
        await until(lambda: echo.frames == 2)
        assert platform.interrupt()
        typing.write("again\n")
        typing.close()
        await asyncio.wait_for(running, PATIENCE)
    assert [type(event) for event in echo.events] == [Said, Called, Said]
    assert "six" not in out.getvalue()


async def test_a_terminal_sees_words_as_they_come() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    await sink.update(Reply(text="He", kind="turn"))
    assert out.getvalue().endswith("He")
    await sink.update(Reply(text="Hello", kind="turn"))
    await sink.send(Reply(text="Hello there", kind="turn", position=(2, 3), speaker=Speaker("Owl")))
    shown = out.getvalue()
    assert shown.count("Hello there") == 1
    assert shown.count("Roost:") == 1
    assert "2/3" in shown
    await sink.send(Reply(text="**done**", kind="info"))
    await sink.send(Reply(text="wrong", kind="error"))
    assert "wrong" in out.getvalue()


async def test_text_that_changes_behind_us_is_written_anew() -> None:
    out = Terminal()
    sink = ConsoleSink("Roost", out)
    await sink.update(Reply(text="bad word", kind="turn"))
    await sink.send(Reply(text="*** word", kind="turn"))
    assert out.getvalue().endswith("\n*** word\n")


async def test_a_pipe_sees_only_whole_answers() -> None:
    out = io.StringIO()
    sink = ConsoleSink("Roost", out)
    await sink.typing()
    await sink.update(Reply(text="He", kind="turn"))
    assert out.getvalue() == ""
    await sink.send(Reply(text="Hello", kind="turn", files=(File("x.json", b"123"),)))
    assert out.getvalue() == "Hello\n[x.json, 3 bytes]\n"


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x1b[2J", "\u009b31m", "a\rb"])
def test_a_model_cannot_steer_the_terminal(text: str) -> None:
    assert not set(harmless(text)) & set("\x1b\x07\u009b\r")


def test_commands_are_completed() -> None:
    completer = CommandCompleter(lambda: [("reset", "Start anew"), ("redo", ""), ("chat", "")])

    def complete(text: str) -> Sequence[str]:
        return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]

    assert complete("+re") == ["+redo", "+reset"]
    assert complete("/c") == ["/chat"]
    assert complete("hello") == []
    assert complete("+reset now") == []


async def test_the_platform_describes_itself_and_announces() -> None:
    out = io.StringIO()
    platform = console(Echo(), io.StringIO(""), out)
    await platform.start()
    assert "here" in platform.describe()
    assert await platform.announce("news") == 1
    assert out.getvalue() == "news\n"
    await platform.close()
