"""Terminal input: line editing with history and completion, and Ctrl-C at the prompt."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.patch_stdout import patch_stdout

from bot.i18n import N_

GREETING = N_(
    "Type and press Enter. Alt-Enter: a new line. +help: all commands. Ctrl-C: stop the reply. "
    "Ctrl-D, or Ctrl-C twice: leave."
)
AGAIN = N_("Press Ctrl-C again, or Ctrl-D, to leave.")
AGAIN_SECONDS = 3.0


class TwicePressed:
    """Exits on Ctrl-C only if it is pressed twice: the first may have been meant for a reply that has just ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pressed = float("-inf")

    def press(self) -> bool:
        """Return whether this is the second press within AGAIN_SECONDS."""
        before, self._pressed = self._pressed, self._clock()
        return self._pressed - before <= AGAIN_SECONDS


async def typed_messages(
    completer: Completer, history: Path | None, leaving: TwicePressed, tell: Callable[[str], None]
) -> AsyncIterator[str]:
    """Yield the messages typed, until Ctrl-D or a double Ctrl-C."""
    kept: History = InMemoryHistory()
    if history is not None:
        history.parent.mkdir(parents=True, exist_ok=True)
        kept = FileHistory(str(history))
    session: PromptSession[str] = PromptSession(
        history=kept, completer=completer, complete_while_typing=True, key_bindings=keys(leaving, tell),
        multiline=False, prompt_continuation="... ",
    )  # fmt: skip
    tell(GREETING)
    while True:
        try:
            with patch_stdout(raw=True):
                text = await session.prompt_async(FormattedText([("bold", "You: ")]), handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return
        if text.strip():
            yield text


def keys(leaving: TwicePressed, tell: Callable[[str], None]) -> KeyBindings:
    made = KeyBindings()

    @made.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @made.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        elif leaving.press():
            event.app.exit(exception=KeyboardInterrupt)
        else:
            tell(AGAIN)

    @made.add(Keys.Vt100MouseEvent)
    def _(event: KeyPressEvent) -> None:
        """Ignore mouse events: typed colour sequences (ESC [31m) are taken for them, and would end the prompt."""

    return made


@contextlib.contextmanager
def without_echo(source: TextIO) -> Iterator[None]:
    """Turn off echo, so that keys typed during a reply do not mix with its text. They are kept for the next line."""
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    try:
        before = termios.tcgetattr(source.fileno())
    except (OSError, ValueError, termios.error):  # not a terminal
        yield
        return
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(source.fileno(), termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(source.fileno(), termios.TCSADRAIN, before)
