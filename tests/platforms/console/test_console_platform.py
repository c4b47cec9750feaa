"""The console: piped lines, streamed words, and Ctrl-C, which stops the reply but not the program."""

import asyncio
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import pytest

from bot.errors import ConfigError
from bot.events import Called, Event, Origin, Question, Reply, Said, Sink
from bot.platforms.console.command_completer import CommandWord
from bot.platforms.console.console_platform import ConsolePlatform, ConsoleSettings
from bot.platforms.console.terminal import AGAIN
from tests.waiting import PATIENCE, until


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Echo:
    """A dispatcher that echoes the message, word by word."""

    def __init__(self, pause: float = 0.0) -> None:
        self.events: list[Event] = []
        self.pause = pause
        self.frames = 0
        self.stopped = asyncio.Event()

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        return []

    async def question(self, origin: Origin, command: str, arguments: Mapping[str, object]) -> Question | None:
        return None

    async def refuses(self, origin: Origin) -> bool:
        return False

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
    return ConsolePlatform(dispatcher, ConsoleSettings(channel="here"), source=source, out=out)


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


async def test_ctrl_c_at_the_prompt_leaves_only_when_it_comes_twice() -> None:
    out = io.StringIO()
    platform = console(Echo(), Terminal(), out)
    assert platform.interrupt(), "it may have been meant for a reply that has just ended"
    assert out.getvalue() == AGAIN + "\n"
    assert not platform.interrupt()


async def test_a_refusal_in_a_pipe_is_remembered() -> None:
    class Refusing(Echo):
        async def handle(self, event: Event, sink: Sink) -> None:
            assert isinstance(event, Said)
            await sink.send(Reply(text="no", kind="error" if event.text == "+nonsense" else "info"))

    platform = console(Refusing(), io.StringIO("+help"), io.StringIO())
    await platform.run()
    assert not platform.refused
    platform = console(Refusing(), io.StringIO("+nonsense\n+help"), io.StringIO())
    await platform.run()
    assert platform.refused


class Broken(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


async def test_a_reader_that_has_gone_ends_it_quietly() -> None:
    echo = Echo()
    await console(echo, io.StringIO("one\ntwo\nthree\n"), Broken(BrokenPipeError())).run()
    assert len(echo.events) == 1


async def test_output_that_cannot_be_written_is_an_error() -> None:
    echo = Echo()
    with pytest.raises(ConfigError, match=r"cannot be written: No space left"):
        await console(echo, io.StringIO("one\ntwo\n"), Broken(OSError(28, "No space left on device"))).run()
    assert len(echo.events) == 1


async def test_commands_take_files_and_talk_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talk.json").write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    echo = Echo()
    await console(echo, io.StringIO("+import @talk.json\nread @talk.json\n"), io.StringIO()).run()
    command, said = echo.events
    assert isinstance(command, Said)
    assert isinstance(said, Said)
    assert (command.text, [file.data for file in command.attachments]) == ("+import", [b"{}"])
    assert (said.text, said.attachments) == ("read @talk.json", ())


async def test_a_file_that_does_not_exist_is_told_before_the_command_runs(tmp_path: Path) -> None:
    echo, out = Echo(), io.StringIO()
    platform = ConsolePlatform(
        echo,
        ConsoleSettings(folder=tmp_path),
        commands=lambda: [CommandWord("import", "", takes_file=True), CommandWord("say", "")],
        source=io.StringIO("+import @nowhere.json\n+say @nowhere.json\nximport @nowhere.json\n"),
        out=out,
    )
    await platform.run()
    assert [event.text for event in echo.events if isinstance(event, Said)] == [
        "+say @nowhere.json", "ximport @nowhere.json"
    ]  # fmt: skip
    assert out.getvalue().startswith("There is no file nowhere.json.\n")
    assert platform.refused


async def test_the_platform_describes_itself_and_announces() -> None:
    out = io.StringIO()
    platform = console(Echo(), io.StringIO(""), out)
    await platform.start()
    assert "here" in str(platform.describe())
    assert await platform.announce("news") == 1
    assert out.getvalue() == "news\n"
    await platform.close()
