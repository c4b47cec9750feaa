"""Completion of command names and option values."""

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.platforms.console.command_completer import CommandCompleter, CommandWord

WORDS = [CommandWord("reset", "Start over"), CommandWord("redo", ""), CommandWord("load", "", "name")]


async def values(command: str, option: str, typed: str) -> list[str]:
    return [name for name in (f"{command} {option} duel", "other") if typed in name]


async def complete(text: str) -> list[str]:
    completer = CommandCompleter(lambda: WORDS, values)
    found = completer.get_completions_async(Document(text), CompleteEvent())
    return [item.text async for item in found]


async def test_commands_are_completed() -> None:
    assert await complete("+re") == ["+redo", "+reset"]
    assert await complete("/l") == ["/load"]
    assert await complete("hello") == []
    assert await complete("") == []


async def test_the_first_options_values_are_completed() -> None:
    assert await complete("+load du") == ["load name duel"]
    assert await complete("+load ") == ["load name duel", "other"]
    assert await complete("+reset now") == []
    assert await complete("I load du") == []
