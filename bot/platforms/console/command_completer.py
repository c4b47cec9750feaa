"""Completion of commands by name, and of their first option's value."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.commands.command import Command

SIGNS = "+/＋／"


@dataclass(frozen=True, slots=True)
class CommandWord:
    """A command to complete. ``option`` names the option that follows it and has suggestions; empty if none."""

    name: str
    summary: str
    option: str = ""
    takes_file: bool = False


def command_word(command: Command) -> CommandWord:
    option = command.completed_option
    return CommandWord(command.name, command.summary, option.name if option else "", command.takes_file)


class CommandCompleter(Completer):
    """Completes ``+re`` to ``+reset``, and ``+load du`` to ``+load duel``."""

    def __init__(
        self,
        words: Callable[[], Iterable[CommandWord]],
        values: Callable[[str, str, str], Awaitable[list[str]]],  # called with (command, option, text typed)
    ) -> None:
        self._words = words
        self._values = values

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        if not text or text[0] not in SIGNS or any(char.isspace() for char in text):
            return
        for word in sorted(self._words(), key=lambda word: word.name):
            if word.name.startswith(text[1:]):
                yield Completion(text[0] + word.name, start_position=-len(text), display_meta=word.summary)

    async def get_completions_async(self, document: Document, event: CompleteEvent) -> AsyncGenerator[Completion, None]:
        text = document.text_before_cursor
        name, space, typed = text[1:].partition(" ")
        if not text or text[0] not in SIGNS or not space:
            for completion in self.get_completions(document, event):
                yield completion
            return
        option = next((word.option for word in self._words() if word.name == name), "")
        if option and "\n" not in typed:
            for value in await self._values(name, option, typed):
                yield Completion(value, start_position=-len(typed))
