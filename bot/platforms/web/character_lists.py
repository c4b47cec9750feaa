"""What the page asks of the characters."""

from collections.abc import Sequence
from typing import Protocol


class ListedCharacter(Protocol):
    """One line of the list."""

    @property
    def id(self) -> str:
        """What it is called in commands."""

    @property
    def name(self) -> str:
        """As it is shown."""

    @property
    def imported(self) -> bool:
        """Whether it can be changed and deleted."""

    @property
    def shared(self) -> bool:
        """Whether everybody may play it."""

    @property
    def version(self) -> str:
        """Another one when the card has changed."""

    @property
    def tags(self) -> Sequence[str]:
        """Its tags."""

    @property
    def problem(self) -> str:
        """Why it cannot be played; "" where it can."""


class Characters(Protocol):
    """The characters of all places. ``scope``: whose, as ``character_scope`` says."""

    async def listed(self, scope: str) -> Sequence[ListedCharacter]:
        """All that may be played there, the place's own first."""

    async def face(self, name: str, scope: str) -> bytes | None:
        """A small square PNG; None where there is none."""
