"""Lorebooks as values: what an entry says, when it fires, and where its text goes."""

from dataclasses import dataclass
from typing import Literal

Logic = Literal["and_any", "not_all", "not_any", "and_all"]
Role = Literal["system", "user", "assistant"]
Position = Literal[
    "before_char", "after_char", "note_top", "note_bottom", "depth", "examples_top", "examples_bottom", "outlet",
    "before_desc", "after_desc", "personality", "scenario",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What V3's decorators ask for, beyond an entry's fields."""

    after_replies: int = 0  # fires only once the character has spoken so often
    every_replies: int = 0  # fires only where the number of its replies divides by this
    keep_after_match: bool = False
    stop_after_match: bool = False
    greeting: int | None = None  # fires only under this greeting, 0 for the first
    additional_keys: tuple[tuple[str, ...], ...] = ()  # one of each group must be there too
    exclude_keys: tuple[str, ...] = ()
    always: bool = False
    never: bool = False
    dropped_first: bool = False  # when the budget is short
    reverse_depth: int | None = None  # counted from the oldest message
    disabled_prompts: tuple[str, ...] = ()  # "post_history_instructions", "system_prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreEntry:
    """One entry. Texts may hold macros."""

    id: str  # unique in its book
    name: str = ""
    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()  # empty unless the entry is selective
    logic: Logic = "and_any"
    content: str = ""  # without decorators
    enabled: bool = True
    constant: bool = False
    order: int = 100  # low stands higher up
    priority: int | None = None  # low is dropped first
    position: Position = "after_char"
    depth: int = 4
    role: Role = "system"
    outlet: str = ""
    probability: float = 100.0  # percent
    case_sensitive: bool = False
    whole_words: bool = False
    bare_patterns: bool = False  # every key is a pattern; else only those written /like this/
    scan_depth: int | None = None
    exclude_recursion: bool = False  # other entries' texts do not fire it
    prevent_recursion: bool = False  # its text fires no other
    recursion_level: int = 0  # fires only by recursion, from this round of delays on
    sticky: int = 0  # messages
    cooldown: int = 0  # messages
    delay: int = 0  # messages
    groups: tuple[str, ...] = ()
    group_override: bool = False
    group_weight: int = 100
    group_scoring: bool = False
    ignore_budget: bool = False
    conditions: Conditions = Conditions()

    @property
    def title(self) -> str:
        """What people see: the name, else the keys, else the id."""
        return self.name or ", ".join(self.keys[:3])[:80] or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lorebook:
    """A book: its entries and how they are looked for."""

    name: str = ""
    description: str = ""
    entries: tuple[LoreEntry, ...] = ()
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive: bool | None = None
