"""The result of a check: one line of `roost doctor`."""

from dataclasses import dataclass
from typing import Literal

from bot.i18n import Message

Mark = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, with the result and any advice."""

    mark: Mark
    text: Message

    def about(self, part: str) -> "Finding":
        """Return the same with the name of the part, which is translated too, in front."""
        return Finding(self.mark, Message("{part}: {text}", part=Message(part), text=self.text))
