"""Where something is said on QQ: a group, a private talk, a channel of a guild, a private talk of a guild's member."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["groups", "users", "channels", "dms"]
KINDS: tuple[Kind, ...] = ("groups", "users", "channels", "dms")


@dataclass(frozen=True, slots=True)
class Place:
    """A place, as QQ's paths name it; ids are the bot's own for a group or a person."""

    kind: Kind
    id: str

    @property
    def channel(self) -> str:
        """The conversation's name."""
        return f"{self.kind}:{self.id}"

    @property
    def path(self) -> str:
        """Where messages to it are posted."""
        start = "/v2" if self.kind in ("groups", "users") else ""
        return f"{start}/{self.kind}/{self.id}/messages"

    @property
    def stream_path(self) -> str:
        """Where growing messages are posted."""
        return f"/v2/users/{self.id}/stream_messages"

    @property
    def is_private(self) -> bool:
        """Whether one person talks to the bot alone."""
        return self.kind in ("users", "dms")

    @property
    def is_numbered(self) -> bool:
        """Whether answers bear numbers, so that QQ refuses one that it has already."""
        return self.kind in ("groups", "users")


def place_of(channel: str) -> Place | None:
    """The place of a channel; None for what is none."""
    name, _, number = channel.partition(":")
    kind = next((each for each in KINDS if each == name), None)
    return Place(kind, number) if kind is not None and re.fullmatch(r"[\w-]+", number) else None
