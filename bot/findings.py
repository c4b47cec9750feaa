"""The result of a check: one line of `roost doctor`."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, with the result and any advice."""

    mark: Mark
    text: str
