"""A reply while it is written: its reasoning and its answer apart, each without white space at its edges."""

from typing import NamedTuple

from bot.library.prompts import THINK_END


class Parts(NamedTuple):
    """A piece of both."""

    reasoning: str
    answer: str


class _Trimmed:
    """Text without white space at its edges; what may be the end is held back until more comes."""

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
    """Takes a reply piece by piece. ``thinking``: it begins within the reasoning, up to ``</think>``."""

    def __init__(self, *, thinking: bool) -> None:
        self._thinking = thinking
        self._held = ""  # may be the beginning of the mark
        self._reasoning = _Trimmed()
        self._answer = _Trimmed()
        self._at_start = thinking

    def push(self, text: str) -> Parts:
        """The pieces that became certain."""
        if not self._thinking:
            return Parts("", self._answer.push(text))
        text = self._held + text
        if self._at_start and text:  # the cue is "<think", the model closes it
            text = text.removeprefix(">")
            self._at_start = False
        thought, ended, answer = text.partition(THINK_END)
        if ended:
            self._thinking, self._held = False, ""
            return Parts(self._reasoning.push(thought), self._answer.push(answer))
        size = max((n for n in range(1, len(THINK_END)) if thought.endswith(THINK_END[:n])), default=0)
        self._held = thought[len(thought) - size :]
        return Parts(self._reasoning.push(thought[: len(thought) - size]), "")

    def end(self) -> Parts:
        """What was held back in case more came."""
        held, self._held = self._held, ""
        return Parts(self._reasoning.push(held), "") if held else Parts("", "")
