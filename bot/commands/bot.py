"""What commands may use. Created once by the composition root."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.chat.conversations import Conversations
from bot.chat.core import Core
from bot.chat.engine import Engine
from bot.commands.plugin_protocol import Plugins
from bot.commands.registry import Registry
from bot.events import Platform
from bot.library.presets import Presets
from bot.library.prompt_files import Prompts
from bot.library.scenes.scene_folder import SceneFolder
from bot.policy.access import Access
from bot.policy.limit_changes import LimitChanges
from bot.policy.limiter import Limiter


class ModelSwitcher(Protocol):
    """The available models, and switching between them."""

    def names(self) -> list[str]:
        """Return the names of the available model files."""

    async def switch(self, name: str) -> None:
        """Switch to another model. Raises NotFound or ModelError and keeps the old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """The configuration that commands and the dispatcher need."""

    data: Path  # folder of the bot's own files
    name: str = "Roost"
    language: str = "en"
    keep_days: float = 0.0  # words older than this are deleted; 0: never
    speaker_names: bool = False  # whether the model reads speakers' names, if the platform has no default


@dataclass(slots=True, kw_only=True)
class BotServices:
    """The parts of the running bot."""

    settings: BotSettings
    conversations: Conversations
    registry: Registry
    presets: Presets
    access: Access
    limits: LimitChanges
    plugins: Plugins
    scenes: SceneFolder = field(default_factory=lambda: SceneFolder(()))
    limiter: Limiter = field(default_factory=Limiter)
    platforms: Sequence[Platform] = ()  # a live view: platforms come and go
    models: ModelSwitcher | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def core(self) -> Core:
        """What all conversations share."""
        return self.conversations.core

    @property
    def engine(self) -> Engine:
        return self.core.engine

    @property
    def prompts(self) -> Prompts:
        return self.core.prompts
