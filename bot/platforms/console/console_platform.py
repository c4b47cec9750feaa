"""The console as a platform: a prompt in the terminal, or lines from a pipe."""

import asyncio
import getpass
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from bot.events import STOP, Author, Called, Dispatcher, NullSink, Origin, Said
from bot.platforms.console.console_sink import ConsoleSink

GREETING = "Type and press Enter. Alt-Enter: a new line. +help: all commands. Ctrl-C: stop the reply. Ctrl-D: leave."


class CommandCompleter(Completer):
    """Completes ``+re`` to ``+reset``, by the commands' names."""

    def __init__(self, names: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._names = names

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        """Names that begin as the word under the cursor, with their summaries."""
        text = document.text_before_cursor
        if not text or text[0] not in "+/" or any(char.isspace() for char in text):
            return
        for name, summary in sorted(self._names()):
            if name.startswith(text[1:]):
                yield Completion(text[0] + name, start_position=-len(text), display_meta=summary)


class ConsolePlatform:
    """Reads lines until the end of the input, one answer after the other."""

    name = "console"

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        channel: str = "console",
        bot_name: str = "Roost",
        commands: Callable[[], Iterable[tuple[str, str]]] = tuple,
        history: Path | None = None,
        language: str | None = None,
        source: TextIO | None = None,
        out: TextIO | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._channel = channel
        self._bot_name = bot_name
        self._commands = commands
        self._history = history
        self._language = language
        self._source = sys.stdin if source is None else source
        self._out = out
        self._author = Author(id="me", name=_user_name(), is_admin=True)
        self._answering: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing to connect; ``run`` reads."""

    async def close(self) -> None:
        """Stop reading. Idempotent."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def announce(self, text: str) -> int:
        """Print ``text``."""
        print(text, file=self._out)  # the console's own output
        return 1

    def describe(self) -> str:
        """One line for the start-up banner and ``status``."""
        return f"console: this terminal, conversation {self._channel!r}"

    async def run(self) -> None:
        """Talk until the end of the input."""
        self._task = asyncio.current_task()
        lines = self._typed() if self._source.isatty() else self._piped()
        async for text in lines:
            await self._answer(text)

    def interrupt(self) -> bool:
        """Ctrl-C: cut the reply that is being written. Whether there was one."""
        if self._answering is None:
            return False
        stop = Called(origin=self._origin, command=STOP)
        self._stopping = asyncio.create_task(self._dispatcher.handle(stop, NullSink()))
        return True

    async def _answer(self, text: str) -> None:
        sink = ConsoleSink(self._bot_name, self._out)
        self._answering = asyncio.create_task(self._dispatcher.handle(Said(origin=self._origin, text=text), sink))
        try:
            await self._answering
        finally:
            self._answering = None

    @property
    def _origin(self) -> Origin:
        return Origin(platform=self.name, channel=self._channel, author=self._author, language=self._language)

    async def _piped(self) -> AsyncIterator[str]:
        """Lines as they come; a backslash at the end goes on in the next one."""
        begun = ""
        async for line in _lines(self._source):
            begun += line.rstrip("\r\n")
            if begun.endswith("\\"):
                begun = begun[:-1] + "\n"
                continue
            text, begun = begun, ""
            if text.strip():
                yield text
        if begun.strip():
            yield begun

    async def _typed(self) -> AsyncIterator[str]:
        history: History = InMemoryHistory()
        if self._history is not None:
            self._history.parent.mkdir(parents=True, exist_ok=True)
            history = FileHistory(str(self._history))
        session: PromptSession[str] = PromptSession(
            history=history, completer=CommandCompleter(self._commands), complete_while_typing=True,
            key_bindings=_keys(), multiline=False, prompt_continuation="... ",
        )  # fmt: skip
        print(GREETING)  # the console's own output
        while True:
            try:
                with patch_stdout(raw=True):
                    text = await session.prompt_async(ANSI("\x1b[1;32mYou:\x1b[0m "), handle_sigint=False)
            except (EOFError, KeyboardInterrupt):
                return
            if text.strip():
                yield text


async def _lines(source: TextIO) -> AsyncIterator[str]:
    """The lines of ``source``, read by a daemon thread: one that waits for input must not keep the program."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        line = "begin"
        while line:
            try:
                line = source.readline()
            except (OSError, ValueError):  # closed behind us
                line = ""
            try:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            except RuntimeError:  # the program has ended
                return

    threading.Thread(target=read, name="console", daemon=True).start()
    while line := await lines.get():
        yield line


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt)

    return keys


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "User"
