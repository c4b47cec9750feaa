"""Putting commands, plugins and the dispatcher together, from the configuration and the conversations."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.chat.conversations import Conversations
from bot.commands.bot import BotServices, ModelShelf
from bot.commands.builtin import built_in
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.events import Platform
from bot.library.presets import Presets
from bot.paths import data_file, find_file
from bot.plugins.discovery import all_disabled, find_plugins
from bot.plugins.manager import Plugins
from bot.policy.access import Access


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
    core = conversations.core
    plugins = Plugins(
        registry, core.store.values, timeout=config.plugins.timeout_s, settings=config.plugins.settings,
        reply_timeout=config.engine.timeout_s + config.plugins.timeout_s,
    )  # fmt: skip
    if config.plugins.enabled:
        found = find_plugins(find_file(config.plugins.folder, config.base))
        for prompt in await plugins.load(found, all_disabled(config.plugins.disabled, config.data)):
            core.prompts.add(prompt)
    services = BotServices(
        config=config, conversations=conversations, registry=registry, plugins=plugins, platforms=platforms,
        models=models, presets=Presets(preset_folders(config)), access=Access(core.store.values, owners(config)),
    )  # fmt: skip
    plugins.start_tasks()
    try:
        yield Dispatcher(services)
    finally:
        await plugins.close()


def preset_folders(config: Config) -> list[Path]:
    """Where presets are: bundled, then the configured prompt folders."""
    folders = [data_file("prompts"), *(find_file(folder, config.base) for folder in config.chat.prompts)]
    return list(dict.fromkeys(folder.resolve() for folder in folders))


def owners(config: Config) -> frozenset[str]:
    """Whom the configuration names, as "platform:id"."""
    return frozenset([*config.bot.admins, *(f"discord:{number}" for number in config.discord.admin_ids)])
