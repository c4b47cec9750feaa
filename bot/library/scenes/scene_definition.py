"""A scene as it is written down: who plays, where, from which lines on, and by which rules."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.library.prompts import JOINERS

Memory = Literal["own", "shared"]
Order = Literal["manual", "list", "natural", "model"]
ORDERS: tuple[Order, ...] = ("manual", "list", "natural", "model")
MOST_CAST = 16
MOST_LINES = 2_000  # of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who plays in a scene."""

    name: str  # as the lines carry it
    description: str = ""  # read by the model, after the character's card where there is one
    character: str = ""  # id in the library; "": there is only the description
    player: bool = False  # played by a person
    talkativeness: float = 0.5  # 0 to 1; how often the natural order lets them speak without being named
    picture: bool = False  # NAME.png lies beside the scene


@dataclass(frozen=True, slots=True)
class SceneLine:
    """What somebody says; without a speaker it is told."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``memory``: own: a character knows its card and what it heard; shared: all know everything."""

    id: str  # "SERIES/NAME", as the file lies
    name: str
    series: str = ""
    language: str = "en"
    setting: str = ""
    cast: tuple[Member, ...] = ()
    lines: tuple[SceneLine, ...] = ()  # what was said before the scene begins
    memory: Memory = "own"
    order: Order = "manual"
    narrator: str = "Narrator"
    passer_by: str = "Passer-by"
    pending: bool = True  # lines wait until they are accepted
    candidates: int = 1  # drawn for each line
    sampling: Mapping[str, object] = field(default_factory=dict)


def folded(name: str) -> str:
    """What names that look alike have in common."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", name) if char not in JOINERS)
    return " ".join(visible.casefold().split())


def same_name(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that ``name`` means."""
    wanted = folded(name)
    return next((known for known in names if folded(known) == wanted), None)
