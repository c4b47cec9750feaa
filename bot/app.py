"""The composition root: builds everything from the configuration, opens it in order, closes it in reverse."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.conversations import Conversations
from bot.chat.core import DEFAULT_PROMPT, ChatSettings, Core
from bot.chat.engine import Engine
from bot.chat.engine_switch import EngineSwitch
from bot.chat.retokenizing import Vocabulary
from bot.commands.bot import BotServices, BotSettings, ModelSwitcher
from bot.commands.builtin import built_in
from bot.commands.registry import Registry
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.engine.settings import EngineSettings
from bot.engine.types import Coder, EngineInfo
from bot.errors import ConfigError, ModelError
from bot.events import Platform
from bot.library.characters.character_folder import CharacterFolder
from bot.library.presets import Presets
from bot.library.prompt_files import Prompts
from bot.library.scenes.scene_folder import SceneFolder
from bot.metrics import Metrics
from bot.monitor.foreign_deletions import follow_deletions
from bot.monitor.forgotten_states import delete_forgotten
from bot.monitor.load_history import LoadHistory
from bot.monitor.not_running import NotRunning, failed
from bot.monitor.retention import Retention
from bot.paths import data_file, find_file
from bot.platform_specs import PLATFORMS, make_update_notes, owners
from bot.plugins.discovery import PluginSwitches, all_disabled, find_plugins
from bot.plugins.manager import Plugins
from bot.policy.access import Access
from bot.policy.departures import Departures
from bot.policy.limit_changes import LimitChanges
from bot.policy.limiter import Limiter
from bot.policy.limits import Limits
from bot.store.store import Store, open_store
from bot.tasks import spawned

if TYPE_CHECKING:
    from bot.platforms.console.console_platform import ConsolePlatform
    from bot.remote.remote_engine import RemoteEngine

log = logging.getLogger(__name__)

MEGABYTE = 1 << 20
LARGE_MODEL = 400 * MEGABYTE  # from this file size on, a CPU runs better with half the memory than with fp32
START_SECONDS = 8.0  # a platform that takes longer continues to connect in the background


@dataclass(slots=True, kw_only=True)
class App:
    """The running bot."""

    config: Config
    engine: Engine
    store: Store
    conversations: Conversations
    dispatcher: Dispatcher
    platforms: list[Platform]
    load: LoadHistory
    problems: list[NotRunning] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        """All commands."""
        return self.dispatcher.services.registry

    async def start(self, platform: Platform) -> bool:
        """Start a platform. A failure is recorded in ``problems``; the other platforms still start."""
        try:
            starting = asyncio.ensure_future(platform.start())
            async with asyncio.timeout(START_SECONDS):
                await asyncio.shield(starting)
        except TimeoutError:
            starting.add_done_callback(lambda task: self._started_late(platform, task))
        except Exception as error:
            self.problems.append(failed(platform.name, error))
            return False
        self.platforms.append(platform)
        return True

    def _started_late(self, platform: Platform, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s could not be started: %s", platform.name, error)

    async def close_platforms(self) -> None:
        """Disconnect all platforms concurrently."""
        closing = [asyncio.ensure_future(platform.close()) for platform in reversed(self.platforms)]
        self.platforms.clear()
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException):
                log.error("a platform could not be closed cleanly", exc_info=result)


@asynccontextmanager
async def open_app(config: Config, *, engine: Engine | None = None, seed: int | None = None) -> AsyncIterator[App]:
    """Open store, engine, conversations and dispatcher. The caller starts the platforms.

    Raises ConfigError or ModelError that says what is wrong and how to fix it.
    """
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        engine = engine or choose_engine(config, metrics)
        vocabulary = Vocabulary(engine)
        url = config.store.url.get_secret_value()
        store = await stack.enter_async_context(open_store(url, config.data, coder=vocabulary))
        stack.push_async_callback(engine.close)
        await engine.start()
        core = await make_core(config, engine, store, vocabulary, seed, metrics)
        conversations = Conversations(core)
        stack.push_async_callback(conversations.close, 2.5)
        platforms: list[Platform] = []
        models = engine if isinstance(engine, EngineSwitch) else None
        dispatcher = await stack.enter_async_context(
            open_dispatcher(config, conversations, platforms=platforms, models=models)
        )
        load = LoadHistory(engine.status, core.metrics)
        app = App(config=config, engine=engine, store=store, conversations=conversations, dispatcher=dispatcher,
                  platforms=platforms, load=load)  # fmt: skip
        stack.push_async_callback(app.close_platforms)
        stack.push_async_callback(spawned("the app", endless_work(app)).finish)
        await begin(core)
        yield app


async def begin(core: Core) -> None:
    """Do the work that is due once per start."""
    async with core.store.sole_worker("prune") as chosen:
        if chosen:
            await core.states.prune()
    await make_update_notes(core.store).note_start()


def endless_work(app: App) -> list[Coroutine[None, None, None]]:
    """Return the background work: watching folders, deleting expired data, following other processes."""
    config, conversations = app.config, app.conversations
    core, store = conversations.core, app.store
    watched = (core.prompts, core.characters.folder) if config.chat.reload_s else ()
    retention = Retention(conversations, Departures(store.values), config.privacy, store)
    work = [*(folder.watch(config.chat.reload_s) for folder in watched), app.load.run(), retention.run()]
    work.append(delete_forgotten(core.states, store))
    if config.shares_database:
        work += [app.dispatcher.services.limiter.run(), follow_deletions(store.deletions, conversations)]
    return work


def measure(metrics: Metrics, engine: Engine, core: Core) -> None:
    """Connect the gauges to their sources."""
    metrics.read_from("roost_num_requests_running", lambda: engine.status().rows_running)
    metrics.read_from("roost_num_requests_waiting", lambda: engine.status().queue_length)
    metrics.read_from("roost_rows_limit", lambda: engine.status().rows_limit)
    metrics.read_from("roost_states_held_bytes", lambda: core.states.cached_bytes)


def make_prompts(config: Config) -> Prompts:
    """Build the prompt library: the bundled folder, then those of ``[chat] prompts``; later ones take precedence."""
    prompts = Prompts(text_folders(config))
    for name, problem in prompts.problems.items():
        log.warning("prompt file %s is not used: %s", name, problem)
    if config.chat.prompt not in prompts.names():
        log.warning('[chat] prompt: there is no prompt "%s"; the plain one stands in', config.chat.prompt)
    return prompts


async def make_core(
    config: Config,
    engine: Engine,
    store: Store,
    vocabulary: Vocabulary,
    seed: int | None = None,
    metrics: Metrics | None = None,
) -> Core:
    """Build what all conversations share, with the limits of the configuration."""
    chosen = str(await store.values.get(*DEFAULT_PROMPT, ""))
    settings = ChatSettings(
        default_prompts=(chosen, config.chat.prompt),
        sampling=config.chat.sampling,
        seed=seed,
        max_input_chars=config.chat.max_input_chars,
        max_waiting=config.chat.max_waiting,
        state_memory=config.store.state_memory_mb * MEGABYTE,
        state_budget=config.store.state_budget_mb * MEGABYTE,
        keep_turns=config.store.keep_turns,
        metrics=metrics or Metrics(),
        characters=make_characters(config),
        scenes=make_scenes(config),
        lore=tuple(folder / "lore" for folder in prompt_folders(config)),
    )
    gate = engine.gate if isinstance(engine, EngineSwitch) else None
    core = Core(engine, store, make_prompts(config), vocabulary, settings, gate)
    measure(settings.metrics, engine, core)
    return core


def make_scenes(config: Config) -> SceneFolder:
    return SceneFolder([folder / "scenes" for folder in text_folders(config)])


# --- commands, plugins and the dispatcher -------------------------------------------------------------------------


@asynccontextmanager
async def open_dispatcher(
    config: Config,
    conversations: Conversations,
    *,
    platforms: Sequence[Platform] = (),
    models: ModelSwitcher | None = None,
) -> AsyncIterator[Dispatcher]:
    """Open the dispatcher of a running bot, and close the plugins at the end. ``platforms`` changes while it runs."""
    registry = built_in()
    plugins = await load_plugins(config, registry, conversations)
    services = replace(make_services(config, conversations, registry, plugins), platforms=platforms, models=models)
    plugins.start_tasks()
    try:
        yield Dispatcher(services)
    finally:
        await plugins.close()


async def load_plugins(config: Config, registry: Registry, conversations: Conversations) -> Plugins:
    """Load the plugins of the configured folder and of installed packages, with their commands and prompts."""
    core, settings, switches = conversations.core, config.plugins, PluginSwitches(config.data, config.plugins.disabled)
    plugins = Plugins(
        registry, core.store.values, settings=settings.settings, timeout=settings.timeout_s,
        reply_timeout=config.engine.timeout_s + settings.timeout_s, switches=switches,
    )  # fmt: skip
    if settings.enabled:
        found = find_plugins(find_file(settings.folder, config.base))
        for prompt in await plugins.load(found, all_disabled(settings.disabled, config.data)):
            core.prompts.add(prompt)
    return plugins


def make_services(config: Config, conversations: Conversations, registry: Registry, plugins: Plugins) -> BotServices:
    """Build the services that commands may use."""
    values = conversations.core.store.values
    settings = BotSettings(
        data=config.data,
        name=config.bot.name,
        language=config.bot.language,
        keep_days=config.privacy.keep_days,
        speaker_names=config.chat.speaker_names,
    )
    return BotServices(
        settings=settings, limits=LimitChanges(values, Limits(**config.limits.model_dump())),
        conversations=conversations, registry=registry, plugins=plugins,
        scenes=make_scenes(config),
        presets=Presets(prompt_folders(config)),
        access=Access(values, owners(config)),
        limiter=Limiter(shared=conversations.core.store.rates if config.shares_database else None),
    )  # fmt: skip


def text_folders(config: Config) -> list[Path]:
    """Return the folders of prompts and scenes. The last one holds those imported or written at runtime."""
    own = (config.data / "prompts").resolve()
    return [*(folder for folder in prompt_folders(config) if folder != own), own]


def make_characters(config: Config) -> CharacterFolder:
    """Build the character library from the bundled folder and the configured prompt folders."""
    folders = [folder / "characters" for folder in prompt_folders(config)]
    return CharacterFolder(folders, config.data / "characters.json")


def prompt_folders(config: Config) -> list[Path]:
    """Return the folders of prompts, presets and characters: the bundled one, then the configured ones."""
    folders = [data_file("prompts"), *(find_file(folder, config.base) for folder in config.chat.prompts)]
    return list(dict.fromkeys(folder.resolve() for folder in folders))


# --- the engine ---------------------------------------------------------------------------------------------------


def engine_settings(config: Config, other: Path | None = None) -> EngineSettings:
    """Return the settings of ``[model]`` and ``[engine]``, or those for an ``other`` model file.

    Another model uses its own tokenizer and no tuned state. Raises ModelError if a file does not exist.
    """
    model = other or _existing(config.model.path, config, "path")
    own = other is None or other == find_file(config.model.path, config.base)
    return EngineSettings(
        model=model,
        tokenizer=_existing(config.model.tokenizer, config, "tokenizer") if own and config.model.tokenizer else None,
        strategy=config.model.strategy or best_strategy(model),
        state_precision=config.engine.state_precision,
        tuned_state=_existing(config.model.state, config, "state") if own and config.model.state else None,
        rows=config.engine.rows,
        queue_limit=config.engine.queue_limit,
        latency_ms=config.engine.latency_ms,
        timeout=config.engine.timeout_s,
        threads=config.engine.threads,
    )


def best_strategy(model: Path) -> str:
    """Return device and precision for this machine, without importing torch."""
    if Path("/dev/nvidia0").exists():
        return "cuda fp16"
    return "cpu bf16" if model.stat().st_size > LARGE_MODEL else "cpu fp32"


def choose_engine(config: Config, metrics: Metrics | None = None) -> Engine:
    """Return the engine of ``[engine] urls`` or ``cluster``, else one in this process."""
    return connect_engine(config, metrics) if config.engine.remote else make_engine(config, metrics)


def connect_engine(config: Config, metrics: Metrics | None = None) -> "RemoteEngine":
    """Build the engine behind ``[engine] urls`` and ``cluster``, which connects in ``start``. Raises ConfigError."""
    try:
        from bot.remote.remote_engine import RemoteEngine
        from bot.remote.replicas import Replicas
    except ModuleNotFoundError as error:
        message = "[engine] urls, cluster: {package} is not installed: pip install 'roost[remote]'"
        raise ConfigError(message, package=error.name) from None

    def coder(info: EngineInfo) -> Coder:
        from bot.engine.text.tokenizer import choose_tokenizer

        own = _existing(config.model.tokenizer, config, "tokenizer") if config.model.tokenizer else None
        return choose_tokenizer(find_file(config.model.path, config.base), info.vocab_size, own)

    settings = config.engine
    replicas = Replicas(
        settings.urls, settings.key.get_secret_value(), coder, cluster=settings.cluster, patience=settings.start_s
    )
    return RemoteEngine(replicas, metrics)


def make_engine(config: Config, metrics: Metrics | None = None) -> EngineSwitch:
    """Build the engine of the configured model, which loads in ``start`` and can switch models."""

    def build(model: Path) -> Engine:
        from bot.engine.serving.loader import build_engine  # imports torch, which takes a second

        return build_engine(engine_settings(config, model), metrics)

    path = _existing(config.model.path, config, "path")
    folders = dict.fromkeys(
        (path.parent, find_file("models", config.base), data_file("models"), config.data / "models")
    )
    return EngineSwitch(path, build, list(folders))


def _existing(name: str, config: Config, key: str) -> Path:
    path = find_file(name, config.base)
    if not path.is_file():
        message = "[model] {key}: there is no file {path}. `roost model list` shows what is here."
        raise ModelError(message, key=key, path=path)
    return path


# --- platforms --------------------------------------------------------------------------------------------------


async def start_platforms(app: App) -> None:
    """Start everything that is enabled; failures are recorded in ``app.problems``."""
    made = []
    for spec in PLATFORMS:
        try:
            if (platform := spec.make(app)) is not None:
                made.append(platform)
        except Exception as error:
            app.problems.append(failed(spec.name, error))
    await asyncio.gather(*(app.start(platform) for platform in made))


def make_console(app: App, channel: str | None = None) -> "ConsolePlatform":
    """Build the console for the conversation ``channel``, or the configured one."""
    from bot.platforms.console.command_completer import CommandWord, command_word
    from bot.platforms.console.console_platform import ConsolePlatform, ConsoleSettings
    from bot.platforms.console.terminal_language import terminal_language

    def words() -> list[CommandWord]:
        return [command_word(item) for item in app.registry]

    settings = ConsoleSettings(
        channel=channel or app.config.console.channel,
        bot_name=app.config.bot.name,
        history=app.config.data / "console_history",
        language=terminal_language(os.environ),
    )
    return ConsolePlatform(app.dispatcher, settings, commands=words)
