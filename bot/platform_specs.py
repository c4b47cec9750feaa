"""The platforms that Roost starts, one entry each. The console is started by the command line instead."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.chat.api_keys import ApiKeys
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.commands.registry import Registry
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.errors import ConfigError
from bot.events import Platform
from bot.i18n import N_, Message
from bot.library.text_files import TextFiles
from bot.monitor.backups import Backups
from bot.monitor.load_history import LoadHistory
from bot.monitor.not_running import NotRunning
from bot.monitor.overview import Overview
from bot.monitor.update_notes import UpdateNotes
from bot.paths import data_file, find_file
from bot.store.store import Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from bot.accounts.account_service import Accounts
    from bot.platforms.web.application import Routes
    from bot.platforms.web.owner_tools import OwnerTools
    from bot.platforms.web.shared_port import MountedApplication


SWITCHED_OFF = N_("switched off ({setting})")
NO_DISCORD_TOKEN = N_("not connected. Set DISCORD_TOKEN to the bot's token (docs/discord.md, five steps)")
ONEBOT_OFF = N_("switched off ([onebot] enabled; `roost qq` says how to connect QQ)")
NO_QQ_SECRET = N_("not connected. Set [qq] app_id and ROOST_QQ_SECRET, or use a bridge (`roost qq`)")
NOT_INSTALLED = N_("{package} is not installed: pip install {packages}")


class Running(Protocol):
    """The parts of the app from which platforms are made."""

    @property
    def config(self) -> Config:
        """The configuration."""

    @property
    def dispatcher(self) -> Dispatcher:
        """The dispatcher for events."""

    @property
    def conversations(self) -> Conversations:
        """The conversations of all channels."""

    @property
    def registry(self) -> Registry:
        """All commands."""

    @property
    def engine(self) -> Engine:
        """The model's engine."""

    @property
    def store(self) -> Store:
        """The database."""

    @property
    def load(self) -> LoadHistory:
        """The model's recent load."""

    @property
    def problems(self) -> list[NotRunning]:
        """What is not running, and why; makers append to it."""


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """A platform: its name (also its bot.toml section), its maker, and the owners named in its section."""

    name: str
    make: Callable[[Running], Platform | None]  # returns None if switched off; ``problems`` then says why
    admins: Callable[[Config], Iterable[object]] = lambda config: ()  # user ids on the platform


def make_web(app: Running) -> Platform | None:
    """Make the web page; None if it is switched off. Raises ConfigError if a package is missing."""
    config = app.config
    if not config.web.enabled:
        app.problems.append(NotRunning("web", Message(SWITCHED_OFF, setting="[web] enabled")))
        return None
    module = _load("bot.platforms.web.web_platform", "fastapi uvicorn")
    from bot.platforms.web.scene_list_routes import scene_list_routes
    from bot.platforms.web.stage_routes import stage_routes

    pages = str(find_file(config.web.pages, config.base)) if config.web.pages else ""
    platform: Platform = module.WebPlatform(
        config.web.model_copy(update={"pages": pages}), app.dispatcher, conversations=app.conversations,
        characters=app.conversations.core.characters, presets=app.dispatcher.services.presets,
        registry=app.registry,
        engine_status=app.engine.status, data=config.data, values=app.store.values,
        name=config.bot.name, language=config.bot.language, mounted=make_api(app), tools=make_owner_tools(app),
        accounts=make_accounts(app),
        more=[
            stage_routes(app.conversations),
            scene_list_routes(app.conversations, app.dispatcher.services.scenes),
            *make_drama(app),
        ],
    )  # fmt: skip
    return platform


def make_owner_tools(app: Running) -> "OwnerTools":
    """Build what the owner can see and change on the web page."""
    from bot.platforms.web.owner_tools import OwnerTools

    services, config = app.dispatcher.services, app.config
    backups = Backups(app.store.back_up, config.data / "backups")
    return OwnerTools(
        overview=Overview(services, app.load, backups, app.problems), keys=ApiKeys(app.store.values),
        texts=TextFiles(services.prompts, services.prompts.folders), updates=make_update_notes(app.store),
    )  # fmt: skip


def make_update_notes(store: Store) -> UpdateNotes:
    return UpdateNotes(store.values, data_file("CHANGELOG.md"))


def make_accounts(app: Running) -> "Accounts | None":
    """Build the account service, or None if its packages are not installed."""
    from bot.accounts.account_values import can_have_accounts

    if not can_have_accounts():
        return None
    from bot.accounts.account_service import Accounts

    return Accounts(app.store, app.config.bot.name)


def make_api(app: Running) -> "MountedApplication | None":
    """Build the HTTP API, which shares the web page's port; None if it is switched off."""
    config = app.config
    if not config.api.enabled:
        return None
    from bot.platforms.api.api_paths import PATHS
    from bot.platforms.web.shared_port import MountedApplication

    def build() -> "ASGIApp":
        from bot.chat.completions import Completions
        from bot.platforms.api.api_application import build_api

        limiter = app.dispatcher.services.limiter
        return build_api(config.api, config.web, Completions(app.conversations.core), limiter)

    return MountedApplication(build, PATHS)


def make_drama(app: Running) -> "list[Routes]":
    """Return the routes of RWKV-Drama's interface, if it is switched on."""
    config = app.config
    if not config.scenes.drama_api:
        return []
    from bot.platforms.drama.drama_routes import drama_routes

    return [drama_routes(config.scenes.drama_api, app.dispatcher, app.conversations, config.data / "Save")]


def make_discord(app: Running) -> Platform | None:
    """Make the Discord platform; None if it is off or has no token. Raises ConfigError if discord.py is missing."""
    if not app.config.discord.enabled:
        app.problems.append(NotRunning("discord", Message(SWITCHED_OFF, setting="[discord] enabled")))
        return None
    if not app.config.discord.token.get_secret_value():
        app.problems.append(NotRunning("discord", Message(NO_DISCORD_TOKEN)))
        return None
    module = _load("bot.platforms.discord.discord_platform", "'roost[discord]'")
    platform: Platform = module.DiscordPlatform(
        app.config.discord, app.dispatcher, app.registry, app.store, app.conversations.core.metrics
    )
    return platform


def make_onebot(app: Running) -> Platform | None:
    """Make the OneBot platform for QQ; None if it is switched off. Raises ConfigError if websockets is missing."""
    if not app.config.onebot.enabled:
        app.problems.append(NotRunning("onebot", Message(ONEBOT_OFF)))
        return None
    module = _load("bot.platforms.onebot.onebot_platform", "'roost[qq]'")
    platform: Platform = module.OneBotPlatform(
        app.config.onebot, app.dispatcher, app.registry, app.store,
        name=app.config.bot.name, language=app.config.bot.language,
    )  # fmt: skip
    return platform


def make_qq(app: Running) -> Platform | None:
    """Make the official QQ platform; None if it has no credentials. Raises ConfigError if aiohttp is missing."""
    config = app.config.qq
    if not config.enabled:
        app.problems.append(NotRunning("qq", Message(SWITCHED_OFF, setting="[qq] enabled")))
        return None
    if not config.app_id or not config.secret.get_secret_value():
        app.problems.append(NotRunning("qq", Message(NO_QQ_SECRET)))
        return None
    module = _load("bot.platforms.qq.qq_platform", "'roost[qq]'")
    platform: Platform = module.QqPlatform(config, app.dispatcher, app.registry, app.store, name=app.config.bot.name)
    return platform


def _load(module: str, packages: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("bot"):
            raise
        raise ConfigError(NOT_INSTALLED, package=error.name, packages=packages) from None


PLATFORMS = (
    PlatformSpec("web", make_web),
    PlatformSpec("discord", make_discord, lambda config: config.discord.admin_ids),
    PlatformSpec("onebot", make_onebot, lambda config: config.onebot.admin_ids),
    PlatformSpec("qq", make_qq, lambda config: config.qq.admin_ids),
)


def owners(config: Config) -> frozenset[str]:
    """Return the owners named in the configuration, as "platform:id"."""
    named = (f"{spec.name}:{number}" for spec in PLATFORMS for number in spec.admins(config))
    return frozenset([*config.bot.admins, *named])
