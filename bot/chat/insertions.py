"""Text read for a single reply only, in a fork: keyed lore, depth notes and final instructions.

The state of an entry (sticky, cooldown, probability) follows from the path alone: earlier scans are repeated with the
same random source. Nothing has to be stored, and every branch has its own state.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from bot.chat.composer import Composition, Fork, Line, is_empty
from bot.library.characters.definition import DepthNote
from bot.library.lore.lore_entry import Lorebook, Role
from bot.library.lore.lore_layout import DepthText, lay_out
from bot.library.lore.lore_macros import LoreMacros
from bot.library.lore.lore_scan import ActiveBook, ScanInput, ScanLine, ScanResult, scan
from bot.library.lore.time_limit import TimeLimit
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import ExpansionResult, MacroValues
from bot.library.prompts import GAP, clean_text
from bot.store.node import Node

LORE_DEPTH = 1  # default depth of entries: messages above the reply
Pieces = list[str | tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertions:
    """The books and notes of one conversation."""

    bot: str  # name of the character that answers
    labels: Mapping[Role, str] = field(default_factory=dict)  # prefix of a text spoken by the person or the character
    values: MacroValues
    books: Sequence[Lorebook] = ()  # earlier books claim the budget first
    notes: Sequence[DepthNote] = ()
    greeting: int = 0  # index of the greeting that the conversation started with
    budget: int = 500  # tokens of lore
    count_tokens: Callable[[str], int] = len

    def forked(self, path: Sequence[Node], composition: Composition, cue: str) -> Composition:
        """Return ``composition`` with a fork that also reads the inserted texts. ``cue``: how ``read`` ends."""
        texts = self._texts(path, composition.line)
        if not texts:
            return composition
        said = GAP + composition.read.removesuffix(cue).removeprefix(GAP)
        turns = [] if is_empty(path) else list(path)
        places = [min(_turns_up(item.depth), max(0, len(turns) - 1)) for item in texts]  # never above the root
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

    def lore(self, path: Sequence[Node], line: Line) -> ScanResult:
        """Return which entries are triggered for the reply to ``line``, and why."""
        fired: dict[str, list[int]] = {}
        limit = TimeLimit()
        if self._remembers():
            for place, node in enumerate(path):
                if node.kind != "root" and not limit.is_over():
                    said = Line(text=node.input, author=node.author, named=line.named)
                    self._remember(fired, self._scan(path[:place], said, fired, limit), self._count(path[:place]))
        return self._scan(path, line, fired, limit)

    def _texts(self, path: Sequence[Node], line: Line) -> list[DepthText]:
        """Return everything that is read only in the fork, deepest first."""
        texts: list[DepthText] = []
        if self.books:
            layout = lay_out(self.lore(path, line).fired, self._count(path) + 1)
            texts += [*layout.depths, *(DepthText(LORE_DEPTH, "system", text) for text in layout.before)]
        texts += [DepthText(note.depth, note.role, self._expanded(note.text).text) for note in self.notes]
        cleaned = [replace(item, text=self._labelled(item.role, clean_text(item.text))) for item in texts]
        return sorted((item for item in cleaned if item.text), key=lambda item: -item.depth)

    def _labelled(self, role: Role, text: str) -> str:
        """Prefix ``text`` with the label of its role. System texts have no label."""
        label = self.labels.get(role, "")
        return f"{label} {text}" if label and text else text

    def _scan(
        self, path: Sequence[Node], line: Line, fired: Mapping[str, Sequence[int]], limit: TimeLimit
    ) -> ScanResult:
        lines = [ScanLine(self.bot, node.output) for node in path[:1] if node.kind == "root" and node.output]
        for node in path:
            if node.kind != "root":
                lines += [ScanLine(node.author, node.input)] if node.input else []
                lines += [ScanLine(self.bot, node.output)] if node.output else []
        lines.append(ScanLine(line.author, line.text))
        replies = sum(1 for node in path if node.output)
        scan_input = ScanInput(lines=lines, count=self._count(path), replies=replies, fired=fired,
                      greeting=self.greeting, budget=self.budget)  # fmt: skip
        random = Random(f"{self.values.seed}/{path[-1].id if path else 0}")
        books = [ActiveBook(f"{place}", book) for place, book in enumerate(self.books)]
        return scan(books, scan_input, self.count_tokens, random, LoreMacros(self._expanded), limit)

    @staticmethod
    def _count(path: Sequence[Node]) -> int:
        """Return the number of visible messages on the path, including the one being answered."""
        return 1 + sum(bool(node.input and node.kind != "root") + bool(node.output) for node in path)

    @staticmethod
    def _remember(fired: dict[str, list[int]], result: ScanResult, count: int) -> None:
        for name in result.marks:
            fired.setdefault(name, []).append(count)

    def _remembers(self) -> bool:
        """Whether any entry depends on earlier matches."""
        entries = [entry for book in self.books for entry in book.entries]
        return any(
            entry.sticky or entry.cooldown or entry.conditions.keep_after_match or entry.conditions.stop_after_match
            for entry in entries
        )

    def _expanded(self, text: str) -> ExpansionResult:
        return expand(text, self.values, Random(f"{self.values.seed}/{text}"))


def _turns_up(depth: int) -> int:
    """Return the number of turns above the line being answered. A turn is two messages; texts go between turns."""
    return depth // 2 if depth > 1 else 0
