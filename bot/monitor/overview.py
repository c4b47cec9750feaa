"""The owner's overview: model and load, memory, platforms, plugins, rules, limits and the log."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import psutil

from bot.chat.engine import Replicated
from bot.commands.bot import BotServices
from bot.errors import UserError
from bot.i18n import DEFAULT, Message
from bot.logs import last_lines
from bot.monitor.backups import Backups
from bot.monitor.load_history import LoadHistory
from bot.monitor.not_running import NotRunning
from bot.policy.limits import LIMIT_NAMES
from bot.policy.scopes import EVERYWHERE


class Overview:
    """Reads the state of the running bot. It changes nothing except that it can make backups."""

    def __init__(
        self, services: BotServices, history: LoadHistory, backups: Backups, problems: Sequence[NotRunning] = ()
    ) -> None:
        """Set up the overview. ``problems`` is a live list of what is not running, and why."""
        self._services = services
        self._history = history
        self._backups = backups
        self._problems = problems

    def load(self) -> Mapping[str, object]:
        """Return the values that change every second."""
        return asdict(self._services.engine.status())

    async def facts(self, language: str = DEFAULT) -> Mapping[str, object]:
        """Return everything else, as JSON values with texts in ``language``."""
        services = self._services
        core, info = services.core, services.engine.info
        models = await asyncio.to_thread(services.models.names) if services.models else []
        rules = await services.access.rules(EVERYWHERE)
        return {
            "model": {**asdict(info), "others": [name for name in models if name != info.name]},
            "memory": await self._memory(),
            "turns": await core.store.nodes.count(),
            "uptime": time.monotonic() - services.started,
            **self._health(language),
            "plugins": [
                {"name": each.name, "state": each.state, "problem": each.problem}
                for each in services.plugins.status.values()
            ],
            "limits": await self._limits(),
            "rules": [{"rule": rule, "who": who} for who, rule in sorted(rules.items())],
            "backups": [
                {"name": each.path.name, "nbytes": each.nbytes} for each in await asyncio.to_thread(self._backups.all)
            ],
        }  # fmt: skip

    def _health(self, language: str) -> dict[str, object]:
        """Return which parts of the bot run, and which do not."""
        running = [(each.name, each.describe()) for each in self._services.platforms]
        missing = (*self._problems, *self._full_disk(), *self._lost_engines())
        return {
            "platforms": [{"name": name, "text": state.in_language(language)} for name, state in running],
            "problems": [{"name": each.name, "text": each.in_language(language)} for each in missing],
        }

    async def _memory(self) -> dict[str, int]:
        """Return sizes in bytes."""
        core = self._services.core
        return {
            "process": psutil.Process().memory_info().rss, "states_held": core.states.cached_bytes,
            "states_held_limit": core.settings.state_memory, "states_kept": await core.store.states.nbytes(),
            "states_kept_limit": core.settings.state_budget,
        }  # fmt: skip

    def charts(self) -> Mapping[str, Sequence[float | None]]:
        """Return the samples of the last day."""
        return self._history.series()

    def log_lines(self) -> Sequence[str]:
        """Return the end of the log."""
        return last_lines()

    async def back_up(self) -> str:
        """Back up the database and return the path of the copy. Raises UserError if that fails."""
        return str((await self._backups.make()).path)

    def _lost_engines(self) -> list[NotRunning]:
        engine = self._services.engine
        found = engine.replicas if isinstance(engine, Replicated) else ()
        return [NotRunning(each.url, Message(each.reason)) for each in found if each.condition != "up"]

    def _full_disk(self) -> list[NotRunning]:
        try:
            self._services.core.store.check_disk_space()
        except UserError as error:
            return [NotRunning("database", error)]
        return []

    async def _limits(self) -> list[dict[str, object]]:
        limits = await self._services.limits.everywhere()
        return [{"name": name, "value": getattr(limits, name)} for name in LIMIT_NAMES]
