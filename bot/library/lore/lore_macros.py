"""Resolves macros in entries. Recursion also sees hidden keys."""

from collections.abc import Callable, Sequence

from bot.library.lore.lore_scan import MacroResolver
from bot.library.macros.macro_values import ExpansionResult


class LoreMacros(MacroResolver):
    """Resolves macros by ``expanded``, which expands one text."""

    def __init__(self, expanded: Callable[[str], ExpansionResult]) -> None:
        self._expanded = expanded

    def keys(self, keys: Sequence[str]) -> Sequence[str]:
        return [self._expanded(key).text if "{{" in key else key for key in keys]

    def content(self, content: str) -> tuple[str, str]:
        done = self._expanded(content)
        return done.text, "\n".join((done.text, *done.hidden_keys))
