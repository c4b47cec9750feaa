"""The composer of a plain prompt. Every line is read in place; lore and notes are read only in forks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.composer import Composition, ConversationStart, Line, is_empty
from bot.chat.insertions import Insertions
from bot.library.prompts import CUE_SUFFIX, GAP, MAX_SPEAKERS, ChatPrompt, clean_name
from bot.store.node import Node


@dataclass(frozen=True, slots=True)
class PromptComposer:
    """Composes turns in the form of a ``ChatPrompt``."""

    prompt: ChatPrompt
    insertions: Insertions | None = None

    @property
    def name(self) -> str:
        return self.prompt.name

    @property
    def sampling(self) -> Mapping[str, object]:
        """The prompt's own sampling settings."""
        return self.prompt.sampling

    def starts(self) -> Sequence[ConversationStart]:
        """Return the prompt's single start."""
        return [ConversationStart(read=self.prompt.start(), greeting=self.prompt.greeting, speaker=self.prompt.bot)]

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the line and the cue; the reply comes from a fork if there is more to read."""
        composed = self._composed(path, line, self.prompt.turn(line.text, _name(line), first=is_empty(path)))
        if self.insertions is None:
            return composed
        cue = f"{GAP}{self.prompt.bot}{self.prompt.separator}{CUE_SUFFIX[self.prompt.think]}"
        return self.insertions.forked(path, composed, cue)

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the line alone."""
        return self._composed(path, line, self.prompt.line(line.text, _name(line), first=is_empty(path)))

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the person's label."""
        return self._composed(path, line, self.prompt.cue(_name(line), first=is_empty(path)))

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """Return an empty composition: nothing is inserted between a reply and its continuation."""
        return self._composed(path, line, "")

    def reply(self, text: str) -> str:
        """Return ``text`` as the model would have written it after the cue."""
        return self.prompt.reply(text)

    def shown(self, text: str) -> str:
        """Return ``text`` without surrounding white space, with reasoning shown or hidden as the prompt says."""
        return self.prompt.shown(text)

    def _composed(self, path: Sequence[Node], line: Line, read: str) -> Composition:
        stop = self.prompt.stops(speakers(path, line) if line.named else ())
        return Composition(line=line, read=read, speaker=self.prompt.bot, stop=stop)


def speakers(path: Sequence[Node], line: Line) -> Sequence[str]:
    """Return the latest speakers, sorted, so that the stop strings do not depend on the order of speaking."""
    names = [line.author, *(node.author for node in reversed(path) if node.kind != "root")]
    return sorted([name for name in dict.fromkeys(names) if clean_name(name)][:MAX_SPEAKERS])


def _name(line: Line) -> str | None:
    return line.author if line.named else None
