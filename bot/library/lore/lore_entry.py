"""Lorebook values: what an entry says, when it fires, and where its text goes."""

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
    """Conditions set by V3 decorators, in addition to an entry's fields."""

    after_replies: int = 0  # fires only after this many replies of the character
    every_replies: int = 0  # fires only if the number of replies is a multiple of this
    keep_after_match: bool = False
    stop_after_match: bool = False
    greeting: int | None = None  # fires only with this greeting; 0: the first
    additional_keys: tuple[tuple[str, ...], ...] = ()  # at least one key of each group must match as well
    exclude_keys: tuple[str, ...] = ()
    always: bool = False
    never: bool = False
    dropped_first: bool = False  # if the budget is exceeded
    reverse_depth: int | None = None  # counted from the oldest message
    disabled_prompts: tuple[str, ...] = ()  # "post_history_instructions", "system_prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreEntry:
    """One entry. Texts may contain macros."""

    id: str  # unique within the book
    name: str = ""
    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()  # empty unless the entry is selective
    logic: Logic = "and_any"
    content: str = ""  # without decorators
    enabled: bool = True
    constant: bool = False
    order: int = 100  # lower is higher up
    priority: int | None = None  # lower is dropped first
    position: Position = "after_char"
    depth: int = 4
    role: Role = "system"
    outlet: str = ""
    probability: float = 100.0  # percent
    case_sensitive: bool = False
    whole_words: bool = False
    bare_patterns: bool = False  # all keys are patterns, not only those written /like this/
    scan_depth: int | None = None
    exclude_recursion: bool = False  # cannot be triggered by other entries
    prevent_recursion: bool = False  # cannot trigger other entries
    recursion_level: int = 0  # fires only in recursion, from this delay level on; 0: no delay
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
        """The title to display: the name, else the keys, else the id."""
        return (self.name or ", ".join(self.keys[:3]) or self.id)[:80]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lorebook:
    """The entries of a book, and how to scan for them."""

    name: str = ""
    description: str = ""
    entries: tuple[LoreEntry, ...] = ()
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive: bool | None = None
