"""The composer of a character: greetings as beginnings; lore, depth notes and last instructions only in forks.

What an entry depends on (sticky, cooldown, probability) follows from the path alone: earlier scans are made again from
it, with the same random source, so nothing has to be stored and every branch has its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.chat.composer import Composition, Fork, Line, Start
from bot.chat.play import Play
from bot.chat.prompt_composer import PromptComposer, is_empty
from bot.library.characters.definition import Character, DepthNote
from bot.library.characters.opening import OpeningOptions, labels, make_opening
from bot.library.lore.lore_entry import Lorebook
from bot.library.lore.lore_layout import DepthText, lay_out, root_entries, without_root
from bot.library.lore.lore_scan import OpenBook, Resolve, ScanLine, ScanResult, Scene, scan
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import Expanded, MacroValues
from bot.library.prompts import GAP, ChatPrompt, clean_text
from bot.store.node import INITIAL, Node

LORE_DEPTH = 1  # messages above the reply: where entries without a depth are read
Pieces = list[str | tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySettings:
    """How a character is played in one channel."""

    play: Play  # the person, and what random macros and entries by chance follow from
    books: tuple[Lorebook, ...] = ()  # beside the card's own, those with the first claim on the budget first
    note: DepthNote | None = None  # the author's note
    lore_budget: int = 500  # tokens
    initial: str = ""  # the name of the tuned state that the conversation begins with
    count_tokens: Callable[[str], int] = len


class CharacterComposer:
    """Reads turns by the labels of a character; satisfies Composer."""

    def __init__(self, character: Character, settings: PlaySettings) -> None:
        self._character, self._settings = character, settings
        self._play = play = settings.play
        user, char = labels(character, play.user)
        prompt = ChatPrompt(name=character.id, title=character.name, user=user, bot=char, sampling=character.sampling)
        self._prompt, self._plain = prompt, PromptComposer(replace(prompt, language=character.language or "en"))
        books = (*settings.books, *([character.book] if character.book else []))
        self._root_lore = root_entries(books)
        self._books = [OpenBook(f"{place}", without_root(book)) for place, book in enumerate(books)]
        self._values = MacroValues(char=char, user=play.user or character.user or user, seed=play.seed, now=play.now)

    @property
    def name(self) -> str:
        """The character's id."""
        return self._character.id

    @property
    def sampling(self) -> Mapping[str, object]:
        """The card's own."""
        return self._character.sampling

    def starts(self) -> Sequence[Start]:
        """One for each greeting; one without where the card has none."""
        return [self._start(greeting) for greeting in range(max(1, len(self._character.greetings)))]

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """The line and the cue; the reply is drawn in a fork when there is more to read."""
        return self._forked(path, self._plain.turn(path, line))

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """The line alone."""
        return self._plain.line(path, line)

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """The person's label."""
        return self._plain.cue(path, line)

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """Nothing stands between a reply and more of it."""
        return self._plain.more(path, line)

    def reply(self, text: str) -> str:
        """As the model would have written it after the cue."""
        return self._plain.reply(text)

    def shown(self, text: str) -> str:
        """Without edges of white space."""
        return self._plain.shown(text)

    def lore(self, path: Sequence[Node], line: Line) -> ScanResult:
        """Which entries fire for the reply to ``line``, and why."""
        fired: dict[str, list[int]] = {}
        if self._remembers():
            for place, node in enumerate(path):
                if node.kind != "root":
                    said = Line(text=node.input, author=node.author, named=line.named)
                    self._remember(fired, self._scan(path[:place], said, fired), self._count(path[:place]))
        return self._scan(path, line, fired)

    def _start(self, greeting: int) -> Start:
        play, character = self._play, self._character
        options = OpeningOptions(
            user=play.user, persona=play.persona, greeting=greeting, constant_lore=self._root_lore, seed=play.seed,
            now=play.now,
        )  # fmt: skip
        opening = make_opening(character, options, Random(f"{play.seed}/start"))
        initial = {INITIAL: self._settings.initial} if self._settings.initial else {}
        kept = replace(
            play, character=character.id, title=character.name, bot=opening.char_label, person=opening.user_label,
            greeting=greeting, language=character.language,
        )  # fmt: skip
        return Start(
            read=opening.text, greeting=opening.greeting, speaker=opening.char_label, user=play.by,
            kept=kept.values() | initial,
        )  # fmt: skip

    def _forked(self, path: Sequence[Node], composition: Composition) -> Composition:
        texts = self._inserted(path, composition.line)
        if not texts:
            return composition
        cue = f"{GAP}{self._prompt.bot}{self._prompt.separator}"
        said = GAP + composition.read.removesuffix(cue).removeprefix(GAP)
        turns = [] if is_empty(path) else list(path)
        places = [min(_turns_up(item.depth), max(0, len(turns) - 1)) for item in texts]  # never above the beginning
        deepest = max(places)
        pieces: Pieces = []
        for up in range(deepest, -1, -1):
            here = zip(texts, places, strict=True)
            pieces += [GAP + item.text for item, place in here if item.depth and place == up]
            pieces.append(turns[len(turns) - up].tokens if up else said)
        pieces.append("".join(GAP + item.text for item in texts if not item.depth) + cue)
        start = turns[len(turns) - deepest - 1] if turns else (path[-1] if path else None)
        if not turns and isinstance(pieces[0], str):
            pieces[0] = pieces[0].removeprefix(GAP)
        return replace(composition, fork=Fork(start=start, pieces=tuple(pieces)))

    def _inserted(self, path: Sequence[Node], line: Line) -> list[DepthText]:
        """Everything that is read only in the fork, the deepest first."""
        layout = lay_out(self.lore(path, line).fired, self._count(path) + 1)
        texts = [*layout.depths, *(DepthText(LORE_DEPTH, "system", text) for text in layout.before)]
        notes = (self._character.note, self._settings.note, DepthNote(self._character.after_history, 0))
        texts += [
            DepthText(note.depth, note.role, self._expanded(note.text).text) for note in notes if note is not None
        ]
        cleaned = [replace(item, text=clean_text(item.text)) for item in texts]
        return sorted((item for item in cleaned if item.text), key=lambda item: -item.depth)

    def _scan(self, path: Sequence[Node], line: Line, fired: Mapping[str, Sequence[int]]) -> ScanResult:
        lines = [ScanLine(self._prompt.bot, node.output) for node in path[:1] if node.kind == "root" and node.output]
        for node in path:
            if node.kind != "root":
                lines += [ScanLine(node.author, node.input)] if node.input else []
                lines += [ScanLine(self._prompt.bot, node.output)] if node.output else []
        lines.append(ScanLine(line.author, line.text))
        replies = sum(1 for node in path if node.output)
        scene = Scene(lines=lines, count=self._count(path), replies=replies, fired=fired,
                      greeting=self._play.greeting, budget=self._settings.lore_budget)  # fmt: skip
        random = Random(f"{self._play.seed}/{path[-1].id if path else 0}")
        return scan(self._books, scene, self._settings.count_tokens, random, _Macros(self._expanded))

    @staticmethod
    def _count(path: Sequence[Node]) -> int:
        """Messages of the path that is seen, the one that is being answered included."""
        return 1 + sum(bool(node.input and node.kind != "root") + bool(node.output) for node in path)

    @staticmethod
    def _remember(fired: dict[str, list[int]], result: ScanResult, count: int) -> None:
        for name in result.marks:
            fired.setdefault(name, []).append(count)

    def _remembers(self) -> bool:
        """Whether any entry depends on what fired before."""
        entries = [entry for item in self._books for entry in item.book.entries]
        return any(
            entry.sticky or entry.cooldown or entry.conditions.keep_after_match or entry.conditions.stop_after_match
            for entry in entries
        )

    def _expanded(self, text: str) -> Expanded:
        return expand(text, self._values, Random(f"{self._play.seed}/{text}"))


class _Macros(Resolve):
    """Entries' texts with their macros resolved; recursion also sees the hidden keys."""

    def __init__(self, expanded: Callable[[str], Expanded]) -> None:
        self._expanded = expanded

    def keys(self, keys: Sequence[str]) -> Sequence[str]:
        return [self._expanded(key).text if "{{" in key else key for key in keys]

    def content(self, content: str) -> tuple[str, str]:
        done = self._expanded(content)
        return done.text, "\n".join((done.text, *done.hidden_keys))


def _turns_up(depth: int) -> int:
    """Turns above the line that is answered: a turn is two messages, and texts stand between turns."""
    return depth // 2 if depth > 1 else 0
