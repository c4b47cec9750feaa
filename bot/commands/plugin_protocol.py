"""What commands and the dispatcher know of plugins."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, overload

from bot.commands.command import Command
from bot.library.prompts import ChatPrompt
from bot.policy.shared_values import KeyValues

T = TypeVar("T")
State = Literal["on", "off", "failed"]


class PluginStore:
    """A plugin's own keys and values (JSON), in the bot's database. Other plugins cannot see them."""

    def __init__(self, values: KeyValues, name: str) -> None:
        self._values = values
        self._scope = f"plugin:{name}"

    @overload
    async def get(self, key: str) -> object: ...

    @overload
    async def get(self, key: str, default: T) -> T: ...

    async def get(self, key: str, default: object = None) -> object:
        """The value, or ``default``, whose type it is taken to have."""
        return await self._values.get(self._scope, key, default)

    async def set(self, key: str, value: object) -> None:
        """Keep a JSON value."""
        await self._values.set(self._scope, key, value)

    async def delete(self, key: str) -> bool:
        """Forget it. Whether it was there."""
        return await self._values.delete(self._scope, key)


@dataclass(frozen=True, slots=True)
class PluginHandle:
    """What a plugin gets of the bot: its name, its settings ([plugins.settings.NAME]), its store."""

    name: str
    settings: Mapping[str, object]
    store: PluginStore


@dataclass(slots=True)
class PluginStatus:
    """One line of `status`."""

    name: str
    source: str  # "entry point" or the file
    state: State = "on"
    problem: str = ""
    failures: int = 0  # in a row


class Plugins(Protocol):
    """All plugins of a running bot."""

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """By name, those that are off included."""

    def handle(self, name: str) -> PluginHandle:
        """What the plugin of that name may use."""

    async def run(self, command: Command, work: Awaitable[None]) -> None:
        """Await a call of ``command``: a plugin's within its time, and nothing but an ordinary exception comes out."""

    async def filter(self, when: Literal["before", "after"], context: object, text: str) -> str:
        """``text`` after every filter; ``context`` is the call's. Raises the UserError of one that refuses."""

    def filters(self, when: Literal["before", "after"]) -> bool:
        """Whether there are any."""

    async def switch(self, name: str, *, on: bool) -> Sequence[ChatPrompt]:
        """Switch a plugin, now and from the next start on. Returns the prompts that it brings. Raises UserError."""

    def blame(self, name: str, error: BaseException) -> None:
        """Note a failure of a plugin; after several in a row it is switched off."""
