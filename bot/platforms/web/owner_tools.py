"""What the owner's view needs from the bot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


class Overview(Protocol):
    """The state of the running bot."""

    def load(self) -> Mapping[str, object]:
        """Return the values that change every second, as JSON values."""

    async def facts(self, language: str) -> Mapping[str, object]:
        """Return all other values, as JSON values with texts in ``language``."""

    def charts(self) -> Mapping[str, Sequence[float | None]]:
        """Return the last day's data points by the name of the quantity."""

    def log_lines(self) -> Sequence[str]:
        """Return the end of the log with secrets removed."""

    async def back_up(self) -> str:
        """Back up the database and return the path of the copy. Raises UserError if that fails."""


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
        """Create a key and return its secret, which is not stored. Raises InvalidOption."""

    async def revoke(self, name: str) -> None:
        """Revoke a key. Raises NotFound if there is none of that name."""

    async def all(self) -> Sequence[ApiKey]:
        """Return all keys, sorted by name."""


class TextFile(Protocol):
    """A prompt or a scene."""

    @property
    def kind(self) -> Literal["prompt", "scene"]: ...

    @property
    def name(self) -> str: ...

    @property
    def own(self) -> bool: ...


class TextFiles(Protocol):
    """Prompts and scenes as text files."""

    async def all(self) -> Sequence[TextFile]:
        """Return all of them."""

    async def read(self, kind: Literal["prompt", "scene"], name: str) -> str:
        """Return a file's text. Raises NotFound or InvalidOption."""

    def check(self, kind: Literal["prompt", "scene"], name: str, text: str) -> Sequence[str]:
        """Return what is wrong with ``text``. Parsing a long text is slow: run it in a thread."""

    async def save(self, kind: Literal["prompt", "scene"], name: str, text: str) -> None:
        """Save ``text``. Raises InvalidOption if it has problems."""


class Updates(Protocol):
    """Release notes."""

    async def notes(self) -> Mapping[str, object]:
        """Return what is new, as JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerTools:
    """Everything the owner's view uses."""

    overview: Overview
    keys: ApiKeys
    texts: TextFiles
    updates: Updates
