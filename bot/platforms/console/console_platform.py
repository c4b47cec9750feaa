"""The console platform: a prompt in the terminal, or lines from a pipe."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from bot.errors import ConfigError, UserError
from bot.events import STOP, Author, Called, Dispatcher, NullSink, Origin, Reply, Said
from bot.i18n import Message, translate, translate_error
from bot.platforms.console.command_completer import SIGNS, CommandCompleter, CommandWord
from bot.platforms.console.console_sink import ConsoleSink, harmless
from bot.platforms.console.piped_lines import piped_messages
from bot.platforms.console.saved_files import check_named_file, named_files
from bot.platforms.console.terminal import AGAIN, TwicePressed, typed_messages, without_echo
from bot.platforms.line.numbered_choices import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """``history`` is the file of lines typed earlier; files attached to replies are saved in ``folder``."""

    channel: str = "console"
    bot_name: str = "Roost"
    history: Path | None = None
    language: str | None = None
    folder: Path = field(default_factory=Path.cwd)


class ConsolePlatform:
    """Reads lines until the end of input and answers them one at a time."""

    name = "console"

    def __init__(
        self,
        dispatcher: Dispatcher,
        settings: ConsoleSettings,
        *,
        commands: Callable[[], Iterable[CommandWord]] = tuple,
        source: TextIO | None = None,
        out: TextIO | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._settings = settings
        self._commands = commands
        self._source = sys.stdin if source is None else source
        self._out = out
        self._origin = Origin(
            platform=self.name, channel=settings.channel, language=settings.language,
            author=Author(id="me", name=_user_name(), is_admin=True),
        )  # fmt: skip
        self._answering: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._leaving = TwicePressed()
        self.refused = False  # set if a message was rejected
        self._choices: dict[int, Choice] = {}

    async def start(self) -> None:
        """Do nothing: ``run`` reads the input."""

    async def close(self) -> None:
        """Stop reading. Idempotent."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def announce(self, text: str, _places: Sequence[str] = ()) -> int:
        self._tell(harmless(text))
        return 1

    def describe(self) -> Message:
        """Return one line for ``status``."""
        return Message("this terminal, conversation {name}", name=repr(self._settings.channel))

    @property
    def typed(self) -> bool:
        """Whether the input is a terminal."""
        return self._source.isatty()

    async def run(self) -> None:
        """Answer messages until the end of input. Raises ConfigError if the output cannot be written."""
        self._task = asyncio.current_task()
        async for text in self._typed() if self.typed else piped_messages(self._source):
            failure = await self._answer(text)
            if isinstance(failure, BrokenPipeError):  # the reader has closed the pipe, like `| head`
                return
            if failure is not None:
                raise ConfigError("The reply cannot be written: {reason}.", reason=failure.strerror or failure)

    def interrupt(self) -> bool:
        """Handle Ctrl-C by stopping the reply. Returns False if the program should exit instead."""
        if self._answering is not None:
            stop = Called(origin=self._origin, command=STOP)
            self._stopping = asyncio.create_task(self._dispatcher.handle(stop, NullSink()))
            return True
        if not self.typed or self._leaving.press():
            return False
        self._tell_translated(AGAIN)
        return True

    async def _answer(self, text: str) -> OSError | None:
        settings = self._settings
        sink = ConsoleSink(settings.bot_name, self._out, settings.folder, settings.language)
        try:
            said = self._said(text)
        except UserError as error:
            await sink.send(Reply(text=translate_error(error, settings.language), kind="error"))
        else:
            self._answering = asyncio.create_task(self._dispatcher.handle(said, sink))
            try:
                with without_echo(self._source):
                    await self._answering
            finally:
                self._answering = None
        self.refused |= sink.refused
        self._choices = sink.choices
        return sink.failure

    def _said(self, text: str) -> Said:
        """Build the message. Only commands may name files: other text may come from anyone."""
        text = self._chosen(text)
        if text.lstrip()[:1] not in SIGNS:
            return Said(origin=self._origin, text=text, attachments=())
        rest, files = named_files(text)
        name = (rest.split(maxsplit=1) or [""])[0][1:]
        if not files and any(word.takes_file and word.name == name for word in self._commands()):
            check_named_file(rest)
        return Said(origin=self._origin, text=rest, attachments=files)

    def _chosen(self, text: str) -> str:
        """Replace a number by the command that it was offered for."""
        word = text.strip()
        choice = self._choices.get(int(word)) if word.isascii() and word.isdigit() and len(word) < 3 else None
        return text if choice is None else f"+{choice.command} {choice.argument}".strip()

    def _typed(self) -> AsyncIterator[str]:
        async def values(command: str, option: str, typed: str) -> list[str]:
            return await self._dispatcher.complete(self._origin, command, option, typed)

        completer = CommandCompleter(self._commands, values)
        return typed_messages(completer, self._settings.history, self._leaving, self._tell_translated)

    def _tell_translated(self, text: str) -> None:
        self._tell(translate(text, self._settings.language))

    def _tell(self, text: str) -> None:
        print(text, file=self._out, flush=True)  # the console's own output


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "User"
