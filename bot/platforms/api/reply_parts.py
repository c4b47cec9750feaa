"""Splits a reply into reasoning, answer and function calls while it is generated, and trims their white space."""

from typing import NamedTuple

from bot.library.prompts import THINK_END
from bot.platforms.api.call_reader import CallPiece, CallReader


class Parts(NamedTuple):
    """A piece of each part."""

    reasoning: str = ""
    answer: str = ""
    calls: tuple[CallPiece, ...] = ()


class _Trimmed:
    """Text trimmed incrementally: trailing white space is held back until more text follows."""

    def __init__(self) -> None:
        self._begun = False
        self._space = ""

    def push(self, text: str) -> str:
        text = self._space + text
        if not self._begun:
            text = text.lstrip()
        kept = text.rstrip()
        self._space = text[len(kept) :]
        self._begun = self._begun or bool(kept)
        return kept


class ReplyParts:
    """Splits a reply piece by piece.

    ``thinking``: it starts inside the reasoning, which ``</think>`` ends. ``tools``: an answer that starts with a
    bracket is a list of calls.
    """

    def __init__(self, *, thinking: bool, tools: bool = False) -> None:
        self._thinking = thinking
        self._tools = tools
        self._held = ""  # may be the start of ``</think>``
        self._reasoning = _Trimmed()
        self._answer = _Trimmed()
        self._calls: CallReader | None = None
        self._at_start = thinking

    def push(self, text: str) -> Parts:
        """Return the pieces that are certain after ``text``."""
        if not self._thinking:
            return self._answered("", text)
        text = self._held + text
        if self._at_start and text:  # the prompt ends in "<think", and the model completes the tag
            text = text.removeprefix(">")
            self._at_start = False
        thought, ended, answer = text.partition(THINK_END)
        if ended:
            self._thinking, self._held = False, ""
            return self._answered(self._reasoning.push(thought), answer)
        size = max((n for n in range(1, len(THINK_END)) if thought.endswith(THINK_END[:n])), default=0)
        self._held = thought[len(thought) - size :]
        return Parts(self._reasoning.push(thought[: len(thought) - size]))

    def end(self) -> Parts:
        """Return what was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return Parts(self._reasoning.push(held)) if held else Parts()

    def _answered(self, reasoning: str, text: str) -> Parts:
        answer = text if self._calls is not None else self._answer.push(text)
        if answer and self._tools:
            self._tools = False  # the first character decides
            self._calls = CallReader() if answer.startswith("[") else None
        if self._calls is None:
            return Parts(reasoning, answer)
        return Parts(reasoning, "", tuple(self._calls.push(answer)))
