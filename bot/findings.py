"""What a check has found: one line of `roost doctor`."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what was found or is to be done."""

    mark: Mark
    text: str
