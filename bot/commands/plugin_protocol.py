"""What commands and the dispatcher know about plugins."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, overload

from bot.commands.command import Command
from bot.library.prompts import ChatPrompt
from bot.policy.shared_values import KeyValues

T = TypeVar("T")
State = Literal["on", "off", "failed"]


class PluginStore:
    """A plugin's own keys and JSON values, stored in the bot's database. Other plugins cannot access them."""

    def __init__(self, values: KeyValues, name: str) -> None:
        self._values = values
        self._scope = f"plugin:{name}"

    @overload
    async def get(self, key: str) -> object: ...

    @overload
    async def get(self, key: str, default: T) -> T: ...

    async def get(self, key: str, default: object = None) -> object:
        """Return the value, or ``default``. The value is assumed to have the type of ``default``."""
        return await self._values.get(self._scope, key, default)

    async def set(self, key: str, value: object) -> None:
        """Store a JSON value."""
        await self._values.set(self._scope, key, value)

    async def delete(self, key: str) -> bool:
        """Delete a value. Returns whether it existed."""
        return await self._values.delete(self._scope, key)


@dataclass(frozen=True, slots=True)
class PluginHandle:
    """What the bot gives a plugin: its name, its settings ([plugins.settings.NAME]) and its store."""

    name: str
    settings: Mapping[str, object]
    store: PluginStore


@dataclass(slots=True)
class PluginStatus:
    """A line of `status`."""

    name: str
    source: str  # "entry point" or the file
    state: State = "on"
    problem: str = ""
    failures: int = 0  # consecutive


class Plugins(Protocol):
    """All plugins of a running bot."""

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """The status of all plugins by name, including disabled ones."""

    def handle(self, name: str) -> PluginHandle:
        """Return what the plugin may use."""

    async def run(self, command: Command, work: Awaitable[None]) -> None:
        """Await a call of ``command``.

        A plugin's call is subject to a timeout, and raises only ordinary exceptions.
        """

    async def filter(self, when: Literal["before", "after"], context: object, text: str) -> str:
        """Return ``text`` after every filter; ``context`` is the call's. Raises UserError if a filter rejects it."""

    def filters(self, when: Literal["before", "after"]) -> bool:
        """Return whether there are any filters of this kind."""

    async def switch(self, name: str, *, on: bool) -> Sequence[ChatPrompt]:
        """Switch a plugin on or off, now and after a restart. Returns the prompts it provides. Raises UserError."""

    def record_failure(self, name: str, error: BaseException) -> None:
        """Record a failure of a plugin. After several in a row it is switched off."""
