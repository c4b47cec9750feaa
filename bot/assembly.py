"""Putting commands, plugins and the dispatcher together, from the configuration and the conversations."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.chat.conversations import Conversations
from bot.commands.bot import BotServices, BotSettings, ModelShelf
from bot.commands.builtin import built_in
from bot.commands.registry import Registry
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.events import Platform
from bot.library.presets import Presets
from bot.paths import data_file, find_file
from bot.plugins.discovery import all_disabled, find_plugins
from bot.plugins.manager import Plugins
from bot.policy.access import Access
from bot.policy.limit_changes import LimitChanges
from bot.policy.limits import Limits


@asynccontextmanager
async def open_dispatcher(
    config: Config,
    conversations: Conversations,
    *,
    platforms: Sequence[Platform] = (),
    models: ModelShelf | None = None,
) -> AsyncIterator[Dispatcher]:
    """The dispatcher of a running bot; ``platforms`` is the app's living list. Closes the plugins in the end."""
    registry = built_in()
    plugins = await load_plugins(config, registry, conversations)
    services = replace(make_services(config, conversations, registry, plugins), platforms=platforms, models=models)
    plugins.start_tasks()
    try:
        yield Dispatcher(services)
    finally:
        await plugins.close()


async def load_plugins(config: Config, registry: Registry, conversations: Conversations) -> Plugins:
    """The plugins of the configured folder and of installed packages; their commands and prompts are known then."""
    core, settings = conversations.core, config.plugins
    plugins = Plugins(
        registry, core.store.values, timeout=settings.timeout_s, settings=settings.settings,
        reply_timeout=config.engine.timeout_s + settings.timeout_s,
    )  # fmt: skip
    if settings.enabled:
        found = find_plugins(find_file(settings.folder, config.base))
        for prompt in await plugins.load(found, all_disabled(settings.disabled, config.data)):
            core.prompts.add(prompt)
    return plugins


def make_services(config: Config, conversations: Conversations, registry: Registry, plugins: Plugins) -> BotServices:
    """What commands may use."""
    values = conversations.core.store.values
    settings = BotSettings(
        data=config.data, name=config.bot.name, language=config.bot.language, speaker_names=config.chat.speaker_names
    )
    return BotServices(
        settings=settings, limits=LimitChanges(values, Limits(**config.limits.model_dump())),
        conversations=conversations, registry=registry, plugins=plugins, presets=Presets(preset_folders(config)),
        access=Access(values, owners(config)),
    )  # fmt: skip


def preset_folders(config: Config) -> list[Path]:
    """Where presets are: bundled, then the configured prompt folders."""
    folders = [data_file("prompts"), *(find_file(folder, config.base) for folder in config.chat.prompts)]
    return list(dict.fromkeys(folder.resolve() for folder in folders))


def owners(config: Config) -> frozenset[str]:
    """Whom the configuration names, as "platform:id"."""
    return frozenset([*config.bot.admins, *(f"discord:{number}" for number in config.discord.admin_ids)])
