"""The effective limits: those of the configuration with the changes made by `limit`."""

from collections.abc import Mapping
from dataclasses import replace

from bot.events import Origin
from bot.policy.limits import LIMIT_NAMES, Limits
from bot.policy.scopes import EVERYWHERE, LIMITS
from bot.policy.shared_values import KeyValues, SharedTables


class LimitChanges:
    """Changes made by the owner everywhere, and by guilds for themselves."""

    def __init__(self, values: KeyValues, configured: Limits) -> None:
        self._changes = SharedTables(values, LIMITS)
        self._configured = configured

    async def limits(self, origin: Origin) -> Limits:
        """Return the limits for ``origin``: the configuration's, changed by the owner, tightened by the guild."""
        base = await self.everywhere()
        if origin.guild is None:
            return base
        return base.tightened(await self._changed(f"{origin.platform}:{origin.guild}"))

    async def everywhere(self) -> Limits:
        """Return the configured limits with the owner's changes."""
        changed = await self._changed(EVERYWHERE)
        return replace(self._configured, **changed) if changed else self._configured

    async def change(self, place: str, name: str, value: int | None) -> None:
        """Change one limit in a place; None reverts it."""
        await self._changes.change(place, name, value)

    async def _changed(self, place: str) -> Mapping[str, int]:
        found = await self._changes.get(place)
        return {name: value for name, value in found.items() if name in LIMIT_NAMES and isinstance(value, int)}
