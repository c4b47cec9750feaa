"""Where something is said: a group, or alone with one person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PLATFORM = "onebot"
Kind = Literal["group", "private"]
KINDS: dict[str, Kind] = {"group": "group", "private": "private"}
NUMBER = re.compile(r"-?\d{1,19}")


@dataclass(frozen=True, slots=True)
class Place:
    """One place; its channel is ``group:123`` or ``private:456``, or ``789/group:123`` for a second account."""

    kind: Kind
    number: str  # of the group, or of the person
    account: str = ""  # which account talks there; empty: the main one

    @property
    def channel(self) -> str:
        """The conversation's name: each account has its own."""
        return f"{self.account}/{self.kind}:{self.number}" if self.account else f"{self.kind}:{self.number}"

    @property
    def params(self) -> Mapping[str, object]:
        """What names it in an action."""
        return {"group_id" if self.kind == "group" else "user_id": as_number(self.number)}


def place_of(channel: str) -> Place | None:
    """The place of a channel; None for what is no channel of QQ."""
    account, _, place = channel.rpartition("/")
    kind, _, number = place.partition(":")
    return Place(KINDS[kind], number, account) if kind in KINDS and number else None


def as_number(text: str) -> int | str:
    """An id as bridges like it: a number where it is one."""
    return int(text) if NUMBER.fullmatch(text) else text
