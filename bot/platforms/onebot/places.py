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
    """One place; its channel is ``group:123`` or ``private:456``."""

    kind: Kind
    number: str  # of the group, or of the person

    @property
    def channel(self) -> str:
        """The conversation's name."""
        return f"{self.kind}:{self.number}"

    @property
    def params(self) -> Mapping[str, object]:
        """What names it in an action."""
        return {"group_id" if self.kind == "group" else "user_id": as_number(self.number)}


def place_of(channel: str) -> Place | None:
    """The place of a channel; None for what is no channel of QQ."""
    kind, _, number = channel.partition(":")
    return Place(KINDS[kind], number) if kind in KINDS and number else None


def as_number(text: str) -> int | str:
    """An id as bridges like it: a number where it is one."""
    return int(text) if NUMBER.fullmatch(text) else text
