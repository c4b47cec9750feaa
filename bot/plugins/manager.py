"""Loads plugins like built-in commands, runs them under time limits, and switches off those that keep failing.

A plugin is a package with an entry point in the group ``roost.plugins``, or a file in the plugins folder. Its errors
are contained here: they are reported in the log and in `status`, and the bot and other plugins go on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from bot.commands.command import Command, Filter, Task
from bot.commands.plugin_failures import details, place_of
from bot.commands.plugin_protocol import PluginHandle, PluginStatus, PluginStore
from bot.commands.registry import Registry
from bot.errors import NotFound, UserError
from bot.library.prompts import ChatPrompt
from bot.plugins.daemon_threads import run_in_thread
from bot.plugins.discovery import AvailablePlugin, PluginSwitches, load_module
from bot.policy.shared_values import KeyValues
from bot.tasks import Tasks

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_FAILURES = 5  # consecutive failures of a plugin's filters or tasks before it is switched off
LOAD_SECONDS = 20.0


class PluginExitError(RuntimeError):
    """Raised when a plugin tries to exit the program."""


async def run_contained(work: Awaitable[T], seconds: float) -> T:
    """Await a plugin's work with a time limit.

    Raises only ordinary exceptions and the caller's own cancellation. sys.exit, KeyboardInterrupt and the like, which
    would end the whole bot, become PluginExitError.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except Exception:
        raise
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        raise PluginExitError(f"{type(error).__name__}: {error}") from error


class Plugins:
    """The plugins of a running bot."""

    def __init__(
        self,
        registry: Registry,
        values: KeyValues,
        *,
        timeout: float = 10.0,
        reply_timeout: float = 310.0,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        switches: PluginSwitches | None = None,
    ) -> None:
        """Set up without loading anything. ``switches`` persists which plugins are off; None: nothing is persisted."""
        self._registry = registry
        self._values = values
        self._timeout = timeout  # seconds for a filter, a task's run, or a command that needs no model
        self._reply_timeout = reply_timeout  # seconds for a command that waits for the model
        self._settings = dict(settings or {})
        self._switches = switches
        self._switching = asyncio.Lock()
        self._found: dict[str, AvailablePlugin] = {}
        self._tasks = Tasks("the plugins")
        self._running: dict[str, set[asyncio.Task[None]]] = {}  # background tasks by plugin
        self.status: dict[str, PluginStatus] = {}

    def handle(self, name: str) -> PluginHandle:
        """Return the handle through which a plugin reaches its settings and its store."""
        return PluginHandle(name, self._settings.get(name, {}), PluginStore(self._values, name))

    # --- loading ------------------------------------------------------------------------------------------------

    async def load(self, found: Sequence[AvailablePlugin], disabled: Sequence[str] = ()) -> list[ChatPrompt]:
        """Import and register plugins one by one. Never raises. Returns the prompts that they add."""
        prompts: list[ChatPrompt] = []
        for plugin in found:
            self._found[plugin.name] = plugin
            status = self.status[plugin.name] = PluginStatus(plugin.name, plugin.source)
            if plugin.name in disabled:
                status.state = "off"
                continue
            prompts += await self._load(plugin, status)
        return prompts

    async def _load(self, plugin: AvailablePlugin, status: PluginStatus) -> list[ChatPrompt]:
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                module = await run_in_thread(load_module, plugin)
            before = len(self._registry.prompts)
            self._registry.load(module, plugin.name)
            return self._registry.prompts[before:]
        except (Exception, SystemExit) as error:
            self._fail(status, error)
            log.error("the plugin %s cannot be loaded: %s", plugin.name, place_of(error), extra=details(error))
            return []

    async def switch(self, name: str, *, on: bool) -> Sequence[ChatPrompt]:
        """Switch a plugin on or off, now and for later starts. Returns the prompts that it adds.

        Raises NotFound if there is no such plugin, InvalidOption if bot.toml switches it off.
        """
        async with self._switching:
            if (found := self._found.get(name)) is None:
                known = ", ".join(self._found) or "–"
                raise NotFound("There is no plugin {name}. Installed: {known}", name=name[:64], known=known)
            if self._switches is not None:
                await asyncio.to_thread(self._switches.switch, name, on=on)
            status = self.status[name]
            if on and status.state == "on":
                return []
            self._registry.unload(name)
            for task in self._running.pop(name, set()):
                task.cancel()
            status.state, status.problem, status.failures = ("on" if on else "off"), "", 0
            prompts = await self._load(found, status) if on else []
            self._start_tasks(name)
            return prompts

    def _fail(self, status: PluginStatus, error: BaseException) -> None:
        status.state = "failed"
        took = isinstance(error, TimeoutError) and not str(error)
        status.problem = "took too long" if took else f"{type(error).__name__}: {error}"[:300]

    # --- running ------------------------------------------------------------------------------------------------

    async def run(self, command: Command, work: Awaitable[None]) -> None:
        """Await a command; a plugin's has a time limit. Raises its errors, PluginExitError if it tries to exit."""
        if not command.plugin:
            await work
            return
        await run_contained(work, self._reply_timeout if command.needs_model else self._timeout)
        self._record_success(command.plugin)

    def filters(self, when: Literal["before", "after"]) -> bool:
        """Return whether there are filters of this kind."""
        return any(item.when == when for item in self._registry.filters)

    async def filter(self, when: Literal["before", "after"], context: object, text: str) -> str:
        """Apply all filters to ``text``. A failing filter is skipped; a "before" filter may refuse by a UserError."""
        for item in [item for item in self._registry.filters if item.when == when]:
            text = await self._filtered(item, context, text)
        return text

    async def _filtered(self, item: Filter, context: object, text: str) -> str:
        try:
            changed = await self._call(item.run, context, text)
            if not isinstance(changed, str):
                raise TypeError(f"a filter returns a text, not {type(changed).__name__}")
        except UserError as error:
            if item.when == "before":
                raise
            self.record_failure(item.plugin, error)
        except Exception as error:
            message = "the filter %s of the plugin %s failed: %s"
            log.error(message, item.run.__name__, item.plugin, place_of(error), extra=details(error))
            self.record_failure(item.plugin, error)
        else:
            self._record_success(item.plugin)
            return changed
        return text

    async def _call(self, run: Callable[..., Any], *arguments: object) -> Any:
        """Call a plugin's function; one that is not async runs in a thread, so that it cannot block the event loop."""
        is_async = asyncio.iscoroutinefunction(run)
        return await run_contained(run(*arguments) if is_async else run_in_thread(run, *arguments), self._timeout)

    def record_failure(self, name: str, error: BaseException) -> None:
        """Count a failure; after several in a row the plugin is switched off."""
        status = self.status.get(name)
        if status is None:
            return
        status.failures += 1
        self._fail(status, error)
        if status.failures < MAX_FAILURES:
            status.state = "on"
            return
        self._registry.unload(name)
        log.error("the plugin %s is switched off: it failed %d times in a row", name, status.failures)

    def _record_success(self, name: str) -> None:
        if (status := self.status.get(name)) is not None:
            status.failures = 0

    # --- background tasks ---------------------------------------------------------------------------------------

    def start_tasks(self) -> None:
        """Start the background tasks of all plugins."""
        for name in self._found:
            self._start_tasks(name)

    def _start_tasks(self, name: str) -> None:
        work = [self._repeat(item) for item in self._registry.tasks if item.plugin == name]
        self._running[name] = {self._tasks.spawn(each) for each in work}

    async def _repeat(self, item: Task) -> None:
        while item in self._registry.tasks:
            try:
                await self._call(item.run, self.handle(item.plugin))
                self._record_success(item.plugin)
            except Exception as error:
                message = "the task %s of the plugin %s failed: %s"
                log.error(message, item.run.__name__, item.plugin, place_of(error), extra=details(error))
                self.record_failure(item.plugin, error)
            if item.every is None:
                return
            await asyncio.sleep(max(item.every, 0.05))

    async def close(self) -> None:
        """Stop the background tasks."""
        await self._tasks.finish()
