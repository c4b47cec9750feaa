"""Remembers each channel's panel across restarts. A channel has only one, below the latest answer."""

from bot.platforms.discord.intake import PLATFORM
from bot.platforms.line.recovery import KeyValues


class Panels:
    """The panel messages by channel."""

    def __init__(self, values: KeyValues) -> None:
        self._values = values

    async def replace(self, channel: int, message: str) -> str | None:
        """Record ``message`` as the channel's panel and return the previous one."""
        old = await self._values.get(PLATFORM, f"panel:{channel}")
        await self._values.set(PLATFORM, f"panel:{channel}", message)
        return old if isinstance(old, str) else None
