"""Where entries go: constant ones once into what is read at the beginning, keyed ones into a fork before each reply."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from bot.library.lore.lore_entry import Conditions, Lorebook, LoreEntry, Role
from bot.library.lore.lore_scan import Fired

ROOT_POSITIONS = (
    "before_char", "after_char", "before_desc", "after_desc", "personality", "scenario", "examples_top",
    "examples_bottom",
)  # fmt: skip
NOTE_DEPTH = 4  # messages: where an author's note stands
DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class DepthText:
    """A text that stands so many messages above the reply: 0 is right before it."""

    depth: int
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class LoreLayout:
    """The texts of fired entries by where they go, each list in reading order."""

    before: tuple[str, ...] = ()  # what belongs to the character's description: read high up in the fork
    depths: tuple[DepthText, ...] = ()  # the deepest first
    outlets: dict[str, str] = field(default_factory=dict)  # for {{outlet::name}}


def root_entries(books: Iterable[Lorebook]) -> tuple[LoreEntry, ...]:
    """The entries that are always there and at the top: read once, low order first."""
    found = [entry for book in books for entry in book.entries if in_root(entry)]
    return tuple(sorted(found, key=lambda entry: entry.order))


def without_root(book: Lorebook, read: Collection[str] | None = None) -> Lorebook:
    """The book for scanning: without what the beginning holds. ``read``: digests; None: all that belongs there."""
    known = {entry.id for entry in book.entries if in_root(entry) and (read is None or digest_of(entry) in read)}
    return replace(book, entries=tuple(entry for entry in book.entries if entry.id not in known))


def digest_of(entry: LoreEntry) -> str:
    """By which a conversation knows that its beginning holds the entry as it is now."""
    return sha256(entry.content.encode(errors="surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def in_root(entry: LoreEntry) -> bool:
    """Whether nothing can ever keep an entry from firing, and it stands above the chat."""
    plain = entry.constant and entry.enabled and not entry.groups and not entry.delay and not entry.cooldown
    return (
        plain
        and entry.probability >= 100
        and entry.recursion_level == 0
        and entry.position in ROOT_POSITIONS
        and entry.conditions == Conditions()
    )


def lay_out(fired: Sequence[Fired], messages: int) -> LoreLayout:
    """The fired entries' texts by where they go. ``messages``: the chat's, for depths counted from the oldest."""
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
