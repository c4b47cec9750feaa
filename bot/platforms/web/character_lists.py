"""What the page needs from the character library."""

from collections.abc import Sequence
from typing import Protocol


class ListedCharacter(Protocol):
    """An entry of the list."""

    @property
    def id(self) -> str:
        """The name used in commands."""

    @property
    def name(self) -> str:
        """The display name."""

    @property
    def imported(self) -> bool:
        """Whether it was imported, and so can be changed and deleted."""

    @property
    def shared(self) -> bool:
        """Whether everyone may play it."""

    @property
    def version(self) -> str:
        """An opaque version that changes with the card."""

    @property
    def tags(self) -> Sequence[str]:
        """The card's tags."""

    @property
    def problem(self) -> str:
        """Why it cannot be played; "" if it can."""


class Characters(Protocol):
    """The characters of all scopes. ``scope`` is as returned by ``character_scope``."""

    async def listed(self, scope: str) -> Sequence[ListedCharacter]:
        """Return every character available in ``scope``, its own first."""

    async def face(self, name: str, scope: str) -> bytes | None:
        """Return a small square PNG, or None if there is none."""
