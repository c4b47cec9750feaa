"""Hand-written fakes for the owner's view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.errors import InvalidOption, NotFound
from bot.platforms.web.owner_tools import OwnerTools


class FakeOverview:
    def __init__(self) -> None:
        self.backups = 0

    def load(self) -> Mapping[str, object]:
        return {"rows_running": 1, "rows_limit": 4}

    async def facts(self, language: str = "en") -> Mapping[str, object]:
        return {"turns": 12}

    def charts(self) -> Mapping[str, Sequence[float | None]]:
        return {"time": [1.0, 2.0], "rows": [0.0, None]}

    def log_lines(self) -> Sequence[str]:
        return ["one", "two"]

    async def back_up(self) -> str:
        self.backups += 1
        return f"backups/{self.backups}.db"


@dataclass(frozen=True, slots=True)
class FakeKey:
    name: str
    per_minute: int = 0
    tokens_per_day: int = 0
    created: str = ""


@dataclass
class FakeKeys:
    known: dict[str, FakeKey] = field(default_factory=dict)

    async def add(self, name: str, *, per_minute: int = 0, tokens_per_day: int = 0) -> str:
        self.known[name] = FakeKey(name, per_minute, tokens_per_day)
        return f"secret of {name}"

    async def revoke(self, name: str) -> None:
        if self.known.pop(name, None) is None:
            raise NotFound("There is no key of that name.")

    async def all(self) -> Sequence[FakeKey]:
        return list(self.known.values())


@dataclass(frozen=True, slots=True)
class FakeText:
    kind: Literal["prompt", "scene"]
    name: str
    own: bool = False


@dataclass
class FakeTexts:
    saved: dict[tuple[str, str], str] = field(default_factory=dict)

    async def all(self) -> Sequence[FakeText]:
        return [FakeText("prompt", "chat-en"), FakeText("scene", "forest/night", own=True)]

    async def read(self, kind: Literal["prompt", "scene"], name: str) -> str:
        return f"{kind} {name}"

    def check(self, kind: Literal["prompt", "scene"], name: str, text: str) -> Sequence[str]:
        return ["line 1: wrong"] if "wrong" in text else []

    async def save(self, kind: Literal["prompt", "scene"], name: str, text: str) -> None:
        if problems := self.check(kind, name, text):
            raise InvalidOption("Not saved: {problem}", problem=problems[0])
        self.saved[kind, name] = text


class FakeUpdates:
    async def notes(self) -> Mapping[str, object]:
        return {"version": "2", "previous": "1", "news": [{"kind": "Added", "text": "An **owl**."}]}


class FakeTools:
    def __init__(self) -> None:
        self.overview = FakeOverview()
        self.keys = FakeKeys()
        self.texts = FakeTexts()
        self.updates = FakeUpdates()

    def together(self) -> OwnerTools:
        return OwnerTools(overview=self.overview, keys=self.keys, texts=self.texts, updates=self.updates)
