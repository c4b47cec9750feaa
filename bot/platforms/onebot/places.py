"""Places to talk on QQ: groups and private chats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PLATFORM = "onebot"
Kind = Literal["group", "private"]
KINDS: dict[str, Kind] = {"group": "group", "private": "private"}
NUMBER = re.compile(r"-?\d{1,19}")


@dataclass(frozen=True, slots=True)
class OneBotPlace:
    """A group or a private chat: ``group:123`` or ``private:456``, or ``789/group:123`` for a second account."""

    kind: Kind
    number: str  # the group's or the user's
    account: str = ""  # empty: the main account

    @property
    def channel(self) -> str:
        """The channel id. Each account has its own."""
        return f"{self.account}/{self.kind}:{self.number}" if self.account else f"{self.kind}:{self.number}"

    @property
    def params(self) -> Mapping[str, object]:
        """The parameters that name it in an action."""
        return {"group_id" if self.kind == "group" else "user_id": as_number(self.number)}


def place_of(channel: str) -> OneBotPlace | None:
    """Parse a channel id. Returns None if it is not one of QQ's."""
    account, _, place = channel.rpartition("/")
    kind, _, number = place.partition(":")
    return OneBotPlace(KINDS[kind], number, account) if kind in KINDS and number else None


def as_number(text: str) -> int | str:
    """Return an id in the form that bridges prefer: as an int if it is numeric."""
    return int(text) if NUMBER.fullmatch(text) else text
