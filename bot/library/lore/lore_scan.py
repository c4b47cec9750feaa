"""Decides which lorebook entries fire for the next reply, and why.

A pure function of the chat and a random source, unless its time runs out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from bot.library.lore.lore_entry import Lorebook, LoreEntry
from bot.library.lore.lore_groups import group_losers
from bot.library.lore.lore_keys import ScanText, found_keys, score, secondary_allows
from bot.library.lore.lore_timing import blocked_by_condition, blocked_by_time, is_sticky
from bot.library.lore.time_limit import TimeLimit

Cause = Literal["constant", "key", "recursion", "sticky", "activate", "kept"]
DEFAULT_DEPTH = 2  # messages; SillyTavern's default
MAX_MESSAGES = 100
MAX_SCANNED = 200_000  # characters scanned per text
MAX_ROUNDS = 10
MAX_TOKENS = 20_000  # of all entries together, beyond which none fires that ignores the budget


@dataclass(frozen=True, slots=True)
class ActiveBook:
    """A book in use. ``key`` identifies it in records. Earlier books have priority in the budget."""

    key: str
    book: Lorebook


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A message, scanned as "name: text"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanInput:
    """All inputs of a scan. There is no hidden state: sticky entries follow from the path's record of firings."""

    lines: Sequence[ScanLine]  # the last messages, oldest first
    count: int  # messages in the chat
    replies: int = 0  # those of the character
    greeting: int = 0  # 0: the first
    fired: Mapping[str, Sequence[int]] = field(default_factory=dict)  # name -> ``count`` at each new firing
    budget: int = 1_000  # tokens, all entries together
    depth: int = DEFAULT_DEPTH
    recursive: bool = True  # for books that do not specify it


@dataclass(frozen=True, slots=True)
class FiredEntry:
    """An entry that fires. ``name`` consists of its book's key and its id; ``text`` has its macros expanded."""

    name: str
    entry: LoreEntry
    book: str
    cause: Cause
    key: str  # the key found; "" if none was needed
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class WithheldEntry:
    """An entry whose keys matched but which does not fire, and the reason."""

    name: str
    entry: LoreEntry
    book: str
    reason: str  # "probability", "budget", "group", "secondary keys", "cooldown", "delay", "time" or a decorator's name


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Entries that fire, topmost first, and those withheld. ``marks`` are the firings to record on the path."""

    fired: tuple[FiredEntry, ...]
    withheld: tuple[WithheldEntry, ...]
    marks: tuple[str, ...]


class MacroResolver:
    """Resolves macros in an entry's texts. This base class leaves them unchanged."""

    def keys(self, keys: Sequence[str]) -> Sequence[str]:
        """Return the keys to look for."""
        return keys

    def content(self, content: str) -> tuple[str, str]:
        """Return the text for the model, and the text that recursion scans, which includes hidden keys."""
        return content, content


def scan(
    books: Sequence[ActiveBook],
    scan_input: ScanInput,
    count_tokens: Callable[[str], int],
    random: Random,
    resolve: MacroResolver | None = None,
    limit: TimeLimit | None = None,
) -> ScanResult:
    """Return the entries that fire. CPU-bound: run large scans off the event loop.

    When the time is over, no further keys are found.
    """
    return _Scan(books, scan_input, count_tokens, random, resolve or MacroResolver(), limit or TimeLimit()).run()


@dataclass(slots=True)
class _Candidate:
    name: str
    entry: LoreEntry
    open: ActiveBook
    rank: int
    cause: Cause = "key"
    key: str = ""


class _Scan:
    """One scan: rounds of matching, groups, probability and budget, until no entry triggers another."""

    def __init__(
        self,
        books: Sequence[ActiveBook],
        scan_input: ScanInput,
        count: Callable[[str], int],
        random: Random,
        resolve: MacroResolver,
        limit: TimeLimit,
    ) -> None:
        self._input, self._count, self._random, self._resolve = scan_input, count, random, resolve
        self._limit = limit
        self._waiting = {
            f"{item.key}/{entry.id}": _Candidate(f"{item.key}/{entry.id}", entry, item, rank)
            for rank, item in enumerate(books)
            for entry in item.book.entries
            if entry.enabled
        }
        self._texts: dict[int, ScanText] = {}
        self._spread = ""  # texts of fired entries, scanned in recursion
        self._fired: dict[str, FiredEntry] = {}
        self._withheld: dict[str, WithheldEntry] = {}
        self._spent: dict[str, int] = {}
        self._full: set[str] = set()  # books whose budget is exhausted; "": all books together
        self._level = 0
        self._recursing = False

    def run(self) -> ScanResult:
        for _ in range(MAX_ROUNDS):
            chosen = self._settle(self._matching())
            spread = [text for item in chosen if (text := self._fire(item)) and self._spreads(item)]
            self._spread = "\n".join([self._spread, *spread])[-MAX_SCANNED:]
            self._texts.clear()
            if not spread and not self._next_level():
                break
            self._recursing = True
        if self._limit.is_over():
            for item in list(self._waiting.values()):
                self._withhold(item, "time")
        fired = sorted(self._fired.values(), key=lambda item: item.entry.order)
        marks = tuple(item.name for item in fired if item.cause not in ("sticky", "kept"))
        return ScanResult(tuple(fired), tuple(self._withheld.values()), marks)

    def _next_level(self) -> bool:
        """Proceed to the next delay level, if there is one. Returns whether there was."""
        levels = {item.entry.recursion_level for item in self._waiting.values()}
        later = [level for level in levels if level > self._level]
        if not self._fired or not later:
            return False
        self._level = min(later)
        return True

    def _matching(self) -> list[_Candidate]:
        return [item for item in list(self._waiting.values()) if self._matches(item)]

    def _matches(self, item: _Candidate) -> bool:
        entry, scan_input = item.entry, self._input
        earlier = scan_input.fired.get(item.name, ())
        sticky = is_sticky(entry, earlier, scan_input.count)
        if not sticky and not self._in_turn(item):
            return False
        blocked = blocked_by_condition(entry, earlier, scan_input.replies, scan_input.greeting)
        blocked = blocked or (None if sticky else blocked_by_time(entry, earlier, scan_input.count))
        cause = self._cause_without_key(entry, earlier, sticky)
        if cause is None and not (item.key or self._find_key(item)):
            return False
        if blocked:
            self._withhold(item, blocked)
            return False
        if cause is None and not self._keys_allow(item):
            self._withheld[item.name] = WithheldEntry(item.name, entry, item.open.key, "secondary keys")
            item.key = ""
            return False
        self._withheld.pop(item.name, None)
        item.cause = cause or ("recursion" if self._recursing else "key")
        return True

    def _in_turn(self, item: _Candidate) -> bool:
        """Return whether the entry may fire in this round."""
        entry = item.entry
        if entry.recursion_level:
            return self._recursing and entry.recursion_level <= max(self._level, 1) and self._is_recursive(item)
        return not (self._recursing and (entry.exclude_recursion or not self._is_recursive(item)))

    def _cause_without_key(self, entry: LoreEntry, earlier: Sequence[int], sticky: bool) -> Cause | None:
        if entry.conditions.always:
            return "activate"
        if entry.conditions.keep_after_match and earlier:
            return "kept"
        if sticky:
            return "sticky"
        return "constant" if entry.constant else None

    def _find_key(self, item: _Candidate) -> bool:
        keys = found_keys(self._resolve.keys(item.entry.keys), item.entry, self._text(item))
        item.key = keys[0] if keys else ""
        return bool(keys)

    def _keys_allow(self, item: _Candidate) -> bool:
        """Check the secondary keys and those of decorators."""
        entry, text, conditions = item.entry, self._text(item), item.entry.conditions
        if not secondary_allows(entry, text):
            return False
        if any(not found_keys(group, entry, text) for group in conditions.additional_keys):
            return False
        return entry.bare_patterns or not found_keys(conditions.exclude_keys, entry, text)

    def _text(self, item: _Candidate) -> ScanText:
        """Return the text to scan: the last messages, to the entry's depth, and in recursion the texts that fired."""
        depth = item.entry.scan_depth
        if depth is None:
            depth = item.open.book.scan_depth
        depth = min(self._input.depth if depth is None else depth, MAX_MESSAGES)
        spread = self._recursing and not item.entry.exclude_recursion
        place = depth * 2 + spread
        if place not in self._texts:
            lines = list(self._input.lines)[-depth:] if depth else []
            text = "\n".join(f"{line.name}: {line.text}" for line in lines)[-MAX_SCANNED:]
            self._texts[place] = ScanText(text + self._spread if spread else text, self._limit.is_over)
        return self._texts[place]

    def _settle(self, found: list[_Candidate]) -> list[_Candidate]:
        """Return the candidates that win in their groups and in the draw, in order of priority for the budget."""
        sticky = frozenset(item.name for item in found if item.cause == "sticky")
        scores = {item.name: score(item.entry, self._text(item)) for item in found if item.entry.groups}
        taken = frozenset(group for fired in self._fired.values() for group in fired.entry.groups)
        pairs = [(item.name, item.entry) for item in found]
        lost = group_losers(pairs, taken, sticky=sticky, scores=scores, random=self._random)
        kept = []
        for item in found:
            if item.name in lost:
                self._withhold(item, "group")
            elif item.cause != "sticky" and self._random.random() * 100 >= item.entry.probability:
                self._withhold(item, "probability")
            else:
                kept.append(item)
        return sorted(kept, key=_worth)

    def _fire(self, item: _Candidate) -> str:
        """Fire an entry if the budget allows. Returns the text for recursion to scan."""
        # Once an entry has exceeded a budget, no entry of lower priority may use it.
        used_up = not item.entry.ignore_budget and self._full.intersection(("", item.open.key))
        if used_up or len(item.entry.content) > MAX_SCANNED:
            self._withhold(item, "budget")
            return ""
        text, searched = self._resolve.content(item.entry.content)
        tokens = self._count(text)
        fits = (
            self._spent.get("", 0) + tokens <= MAX_TOKENS
            if item.entry.ignore_budget
            else self._affordable(item, tokens)
        )
        if not fits:
            self._withhold(item, "budget")
            return ""
        for purse in ("", item.open.key):
            self._spent[purse] = self._spent.get(purse, 0) + tokens
        del self._waiting[item.name]
        fired = FiredEntry(item.name, item.entry, item.open.key, item.cause, item.key, text, tokens)
        self._fired[item.name] = fired
        return searched

    def _affordable(self, item: _Candidate, tokens: int) -> bool:
        """Check the budgets, and note one that would be exceeded."""
        for purse, budget in (("", self._input.budget), (item.open.key, item.open.book.token_budget)):
            if budget is not None and self._spent.get(purse, 0) + tokens > budget:
                self._full.add(purse)
                return False
        return True

    def _withhold(self, item: _Candidate, reason: str) -> None:
        self._withheld[item.name] = WithheldEntry(item.name, item.entry, item.open.key, reason)
        del self._waiting[item.name]

    def _spreads(self, item: _Candidate) -> bool:
        return self._is_recursive(item) and not item.entry.prevent_recursion

    def _is_recursive(self, item: _Candidate) -> bool:
        recursive = item.open.book.recursive
        return self._input.recursive if recursive is None else recursive


def _worth(item: _Candidate) -> tuple[object, ...]:
    """Return the sort key for the budget, best first: sticky and constant entries, then priority, book, high order."""
    entry = item.entry
    priority = entry.priority if entry.priority is not None else 0
    first = item.cause in ("sticky", "kept", "constant", "activate")
    return (entry.conditions.dropped_first, item.cause != "sticky", not first, -priority, item.rank, -entry.order)
