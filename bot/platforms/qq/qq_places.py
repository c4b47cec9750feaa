"""Places to talk on QQ: groups, private chats, a guild's channels, and private chats with a guild's members."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["groups", "users", "channels", "dms"]
KINDS: tuple[Kind, ...] = ("groups", "users", "channels", "dms")


@dataclass(frozen=True, slots=True)
class QqPlace:
    """A place as named in QQ's paths. Ids of groups and users are specific to the bot."""

    kind: Kind
    id: str

    @property
    def channel(self) -> str:
        """The channel id."""
        return f"{self.kind}:{self.id}"

    @property
    def path(self) -> str:
        """The path for posting messages."""
        start = "/v2" if self.kind in ("groups", "users") else ""
        return f"{start}/{self.kind}/{self.id}/messages"

    @property
    def stream_path(self) -> str:
        """The path for posting streamed messages."""
        return f"/v2/users/{self.id}/stream_messages"

    @property
    def is_private(self) -> bool:
        """Whether the bot talks with a single user."""
        return self.kind in ("users", "dms")

    @property
    def is_numbered(self) -> bool:
        """Whether answers are numbered, so that QQ rejects duplicates."""
        return self.kind in ("groups", "users")


def place_of(channel: str) -> QqPlace | None:
    """Parse a channel id. Returns None if it is not one of QQ's."""
    name, _, number = channel.partition(":")
    kind = next((each for each in KINDS if each == name), None)
    return QqPlace(kind, number) if kind is not None and re.fullmatch(r"[\w-]+", number) else None
