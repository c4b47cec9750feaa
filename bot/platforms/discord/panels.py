"""Where each channel's panel stands: there is one, below the newest line, also after a restart."""

from bot.platforms.discord.intake import PLATFORM
from bot.platforms.line.recovery import Values


class Panels:
    """The message that is a channel's panel."""

    def __init__(self, values: Values) -> None:
        self._values = values

    async def replace(self, channel: int, message: str) -> str | None:
        """``message`` is the channel's panel now; returns the one before it."""
        old = await self._values.get(PLATFORM, f"panel:{channel}")
        await self._values.set(PLATFORM, f"panel:{channel}", message)
        return old if isinstance(old, str) else None
