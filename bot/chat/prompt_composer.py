"""The composer of a plain prompt: everything that is said is read, in its place; lore and notes only in forks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.composer import Composition, Line, Start, is_empty
from bot.chat.insertions import Insertions
from bot.library.prompts import CUE_SUFFIX, GAP, MOST_SPEAKERS, ChatPrompt, clean_name
from bot.store.node import Node


@dataclass(frozen=True, slots=True)
class PromptComposer:
    """Reads turns as a ``ChatPrompt`` writes them."""

    prompt: ChatPrompt
    insertions: Insertions | None = None

    @property
    def name(self) -> str:
        return self.prompt.name

    @property
    def sampling(self) -> Mapping[str, object]:
        """The prompt's own."""
        return self.prompt.sampling

    def starts(self) -> Sequence[Start]:
        """A prompt has one beginning."""
        return [Start(read=self.prompt.start(), greeting=self.prompt.greeting, speaker=self.prompt.bot)]

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """The line and the cue; the reply is drawn in a fork when there is more to read."""
        composed = self._composed(path, line, self.prompt.turn(line.text, _name(line), first=is_empty(path)))
        if self.insertions is None:
            return composed
        cue = f"{GAP}{self.prompt.bot}{self.prompt.separator}{CUE_SUFFIX[self.prompt.think]}"
        return self.insertions.forked(path, composed, cue)

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """The line alone."""
        return self._composed(path, line, self.prompt.line(line.text, _name(line), first=is_empty(path)))

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """The person's label."""
        return self._composed(path, line, self.prompt.cue(_name(line), first=is_empty(path)))

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """Nothing stands between a reply and more of it."""
        return self._composed(path, line, "")

    def reply(self, text: str) -> str:
        """As the model would have written it after the cue."""
        return self.prompt.reply(text)

    def shown(self, text: str) -> str:
        """Without edges of white space; reasoning as the prompt says."""
        return self.prompt.shown(text)

    def _composed(self, path: Sequence[Node], line: Line, read: str) -> Composition:
        stop = self.prompt.stops(speakers(path, line) if line.named else ())
        return Composition(line=line, read=read, speaker=self.prompt.bot, stop=stop)


def speakers(path: Sequence[Node], line: Line) -> Sequence[str]:
    """Who spoke last, sorted by name: the same people make the same stop strings, whoever spoke when."""
    names = [line.author, *(node.author for node in reversed(path) if node.kind != "root")]
    return sorted([name for name in dict.fromkeys(names) if clean_name(name)][:MOST_SPEAKERS])


def _name(line: Line) -> str | None:
    return line.author if line.named else None
