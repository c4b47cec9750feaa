"""Places lore: constant entries once at the start of a chat, keyed ones in a fork before each reply."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from bot.library.lore.lore_entry import Conditions, Lorebook, LoreEntry, Role
from bot.library.lore.lore_scan import FiredEntry

ROOT_POSITIONS = (
    "before_char", "after_char", "before_desc", "after_desc", "personality", "scenario", "examples_top",
    "examples_bottom",
)  # fmt: skip
NOTE_DEPTH = 4  # messages: position of an author's note
DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class DepthText:
    """A text to insert ``depth`` messages above the reply; 0: right before it."""

    depth: int
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class LoreLayout:
    """The texts of fired entries by position, each list in reading order."""

    before: tuple[str, ...] = ()  # part of the character's description, at the top of the fork
    depths: tuple[DepthText, ...] = ()  # deepest first
    outlets: dict[str, str] = field(default_factory=dict)  # for {{outlet::name}}


def root_entries(books: Iterable[Lorebook]) -> tuple[LoreEntry, ...]:
    """Return the entries that belong at the start of the chat, lowest order first."""
    found = [entry for book in books for entry in book.entries if in_root(entry)]
    return tuple(sorted(found, key=lambda entry: entry.order))


def without_root(book: Lorebook, read: Collection[str] | None = None) -> Lorebook:
    """Return the book without entries that the start of the chat contains.

    ``read`` holds the digests of those it contains; None: all that belong there.
    """
    known = {entry.id for entry in book.entries if in_root(entry) and (read is None or digest_of(entry) in read)}
    return replace(book, entries=tuple(entry for entry in book.entries if entry.id not in known))


def digest_of(entry: LoreEntry) -> str:
    """Return a digest of the entry's content, by which a conversation recognises the version that it has read."""
    return sha256(entry.content.encode(errors="surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def in_root(entry: LoreEntry) -> bool:
    """Return whether the entry always fires and is positioned above the chat."""
    plain = entry.constant and entry.enabled and not entry.groups and not entry.delay and not entry.cooldown
    return (
        plain
        and entry.probability >= 100
        and entry.recursion_level == 0
        and entry.position in ROOT_POSITIONS
        and entry.conditions == Conditions()
    )


def lay_out(fired: Sequence[FiredEntry], messages: int) -> LoreLayout:
    """Arrange fired entries by position. ``messages`` is the chat's count, for depths from the oldest message."""
    before, depths = [], []
    outlets: dict[str, str] = {}
    for item in fired:
        entry = item.entry
        if entry.position == "outlet":
            outlets[entry.outlet] = f"{outlets.get(entry.outlet, '')}\n{item.text}".strip()
        elif entry.position == "depth":
            reverse = entry.conditions.reverse_depth
            depth = entry.depth if reverse is None else max(0, messages - reverse)
            depths.append(DepthText(min(depth, messages), entry.role, item.text))
        elif entry.position in ("note_top", "note_bottom"):
            depths.append(DepthText(min(NOTE_DEPTH, messages), entry.role, item.text))
        else:
            before.append(item.text)
    depths.sort(key=lambda item: -item.depth)
    return LoreLayout(tuple(before), tuple(depths), outlets)
