"""Scene definitions: the cast, the setting, the initial lines and the rules."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.library.prompts import JOINERS

Memory = Literal["own", "shared"]
Order = Literal["manual", "list", "natural", "model"]
ORDERS: tuple[Order, ...] = ("manual", "list", "natural", "model")
MAX_CAST = 16
MAX_LINES = 2_000  # per file


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a scene's cast."""

    name: str  # as used in the lines
    description: str = ""  # read by the model, after the character's card if there is one
    character: str = ""  # id in the library; "": only the description
    player: bool = False  # played by a user
    talkativeness: float = 0.5  # 0 to 1; how often the natural order picks them without being named
    picture: bool = False  # whether NAME.png exists beside the scene


@dataclass(frozen=True, slots=True)
class SceneLine:
    """A line of dialogue; narration if ``speaker`` is empty."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene. Characters know their card and what they have heard or, with ``memory`` "shared", everything."""

    id: str  # "SERIES/NAME", from the file's path
    name: str
    series: str = ""
    language: str = "en"
    setting: str = ""
    cast: tuple[Member, ...] = ()
    lines: tuple[SceneLine, ...] = ()  # lines spoken before the scene begins
    memory: Memory = "own"
    order: Order = "manual"
    narrator: str = "Narrator"
    passer_by: str = "Passer-by"
    pending: bool = True  # lines must be accepted before they count
    candidates: int = 1  # generated per line
    sampling: Mapping[str, object] = field(default_factory=dict)


def folded(name: str) -> str:
    """Return a key that is equal for names that look alike."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", name) if char not in JOINERS)
    return " ".join(visible.casefold().split())


def same_name(name: str, names: Iterable[str]) -> str | None:
    """Return the one of ``names`` that ``name`` refers to, or None."""
    wanted = folded(name)
    return next((known for known in names if folded(known) == wanted), None)
