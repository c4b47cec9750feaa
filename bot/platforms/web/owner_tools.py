"""What the owner's view asks of the bot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


class Overview(Protocol):
    """The running bot, to look at."""

    def load(self) -> Mapping[str, object]:
        """What changes from second to second, as JSON values."""

    async def facts(self) -> Mapping[str, object]:
        """All the rest, as JSON values."""

    def charts(self) -> Mapping[str, Sequence[float | None]]:
        """The last day, by the name of the quantity."""

    def log_lines(self) -> Sequence[str]:
        """The end of the log, without secrets."""

    async def back_up(self) -> str:
        """Copy the database; the path of the copy. Raises UserError."""


class ApiKey(Protocol):
    """A key of the HTTP API, without its secret."""

    @property
    def name(self) -> str: ...

    @property
    def per_minute(self) -> int: ...

    @property
    def tokens_per_day(self) -> int: ...

    @property
    def created(self) -> str: ...


class ApiKeys(Protocol):
    """The keys of the HTTP API."""

    async def add(self, name: str, *, per_minute: int = 0, tokens_per_day: int = 0) -> str:
        """Make a key and return its secret, which is kept nowhere. Raises InvalidOption."""

    async def revoke(self, name: str) -> None:
        """Forget a key. Raises NotFound."""

    async def all(self) -> Sequence[ApiKey]:
        """Every key, by name."""


class TextFile(Protocol):
    """A prompt or a scene."""

    @property
    def kind(self) -> Literal["prompt", "scene"]: ...

    @property
    def name(self) -> str: ...

    @property
    def own(self) -> bool: ...


class TextFiles(Protocol):
    """Prompts and scenes as texts."""

    async def all(self) -> Sequence[TextFile]:
        """All of them."""

    async def read(self, kind: Literal["prompt", "scene"], name: str) -> str:
        """The text of one. Raises NotFound, InvalidOption."""

    def check(self, kind: Literal["prompt", "scene"], name: str, text: str) -> Sequence[str]:
        """What is wrong with a text. Reading a long one takes a moment: off the event loop."""

    async def save(self, kind: Literal["prompt", "scene"], name: str, text: str) -> None:
        """Keep a text. Raises InvalidOption where it has problems."""


class Updates(Protocol):
    """What is new."""

    async def notes(self) -> Mapping[str, object]:
        """As JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerTools:
    """Everything together."""

    overview: Overview
    keys: ApiKeys
    texts: TextFiles
    updates: Updates
