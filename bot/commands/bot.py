"""All that commands may use, made once by the composition root."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from bot.chat.conversations import Conversations
from bot.chat.core import Core
from bot.chat.engine import Engine
from bot.commands.registry import Registry
from bot.config.schema import Config
from bot.events import Origin, Platform
from bot.library.presets import Presets
from bot.library.prompt_files import Prompts
from bot.plugins.manager import Plugins
from bot.policy.access import Access
from bot.policy.limits import LIMIT_NAMES, Limits, RateLimiter
from bot.store.store import Store

LIMITS_SCOPE = "limits"


class ModelShelf(Protocol):
    """Other models, and changing to them."""

    def names(self) -> list[str]:
        """The model files that are here."""

    async def switch(self, name: str) -> None:
        """Run another model. Raises NotFound or ModelError; then the old one goes on."""


@dataclass(slots=True, kw_only=True)
class BotServices:
    """The parts of the running bot."""

    config: Config
    conversations: Conversations
    registry: Registry
    presets: Presets
    access: Access
    plugins: Plugins
    limiter: RateLimiter = field(default_factory=RateLimiter)
    platforms: Sequence[Platform] = ()  # lives: platforms come and go
    models: ModelShelf | None = None
    started: float = field(default_factory=time.monotonic)

    _limits: dict[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def core(self) -> Core:
        """What all conversations share."""
        return self.conversations.core

    @property
    def engine(self) -> Engine:
        """The model's engine."""
        return self.core.engine

    @property
    def store(self) -> Store:
        """The database."""
        return self.core.store

    @property
    def prompts(self) -> Prompts:
        """The prompts."""
        return self.core.prompts

    async def limits(self, origin: Origin) -> Limits:
        """The limits that hold for ``origin``: the configuration's, changed by the owner, tightened by the guild."""
        base = Limits(**self.config.limits.model_dump())
        base = Limits(**(asdict(base) | dict(await self.limit_changes("*"))))
        if origin.guild is None:
            return base
        return base.tightened(await self.limit_changes(f"{origin.platform}:{origin.guild}"))

    async def limit_changes(self, place: str) -> Mapping[str, int]:
        """What was changed with `limit` at a place."""
        if place not in self._limits:
            found: Any = await self.store.values.get(LIMITS_SCOPE, place, {})
            self._limits[place] = {name: int(found[name]) for name in LIMIT_NAMES if name in found}
        return self._limits[place]

    async def change_limit(self, place: str, name: str, value: int | None) -> None:
        """Change one limit at a place; None takes the change back."""
        old = await self.limit_changes(place)
        new = {key: kept for key, kept in old.items() if key != name} | ({} if value is None else {name: value})
        await self.store.values.set(LIMITS_SCOPE, place, new)
        self._limits[place] = new
