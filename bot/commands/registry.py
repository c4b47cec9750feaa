"""The registry of all commands, filters and background tasks.

``Registry.load`` registers every ``Command``, ``Filter``, ``Task`` and ``ChatPrompt`` among a module's names. Built-in
commands and plugins are loaded the same way.
"""

import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

from bot.commands.command import Command, Filter, Task, check
from bot.errors import NotFound
from bot.library.prompts import ChatPrompt
from bot.sampling import find_parameter

# In the order of `help` and docs/commands.md.
FAMILIES = (
    "talk", "writing", "guidance", "settings", "keep", "characters", "scenes", "prompts", "service", "admin", "plugins",
)  # fmt: skip


class Registry:
    """All commands by name, alias and sign; filters and tasks in load order."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._aliases: dict[str, Command] = {}
        self._translated: dict[str, Command] = {}  # names in other languages; names and aliases take precedence
        self.filters: list[Filter] = []
        self.tasks: list[Task] = []
        self.prompts: list[ChatPrompt] = []

    def load(self, module: ModuleType, plugin: str = "") -> list[Command]:
        """Register everything that ``module`` declares, or nothing if anything is invalid. Raises ValueError."""
        members = list(vars(module).values())
        commands = [replace(item, plugin=plugin) for item in members if isinstance(item, Command)]
        taken = dict(self._commands) | self._aliases
        for item in commands:
            check(item)
            for word in words(item):
                if word in taken:
                    raise ValueError(f"there are two commands {word!r} (one of {taken[word].plugin or 'Roost'})")
                taken[word] = item
        for item in commands:
            self._commands[item.name] = item
            self._aliases.update(dict.fromkeys(words(item)[1:], item))
            for name in item.translated_names():
                self._translated.setdefault(name, item)
        self.filters += [replace(item, plugin=plugin) for item in members if isinstance(item, Filter)]
        self.tasks += [replace(item, plugin=plugin) for item in members if isinstance(item, Task)]
        self.prompts += [item for item in members if isinstance(item, ChatPrompt)]
        return commands

    def unload(self, plugin: str) -> None:
        """Remove everything that a plugin registered."""
        self._commands = {name: item for name, item in self._commands.items() if item.plugin != plugin}
        self._aliases = {name: item for name, item in self._aliases.items() if item.plugin != plugin}
        self._translated = {name: item for name, item in self._translated.items() if item.plugin != plugin}
        self.filters = [item for item in self.filters if item.plugin != plugin]
        self.tasks = [item for item in self.tasks if item.plugin != plugin]

    def find(self, name: str) -> Command | None:
        """Return the command with that name (in any language), alias or sign, ignoring case."""
        word = unicodedata.normalize("NFC", name).casefold()
        return self._commands.get(word) or self._aliases.get(word) or self._translated.get(word)

    def require(self, name: str) -> Command:
        """Like ``find``, but raises NotFound, suggesting the closest name."""
        found = self.find(name)
        if found is not None:
            return found
        near = self.nearest(name)
        words = f"set {name.casefold()}" if find_parameter(name) else near.name if near else ""
        if words:
            raise NotFound("There is no command +{name}. Did you mean +{near}?", name=name[:40], near=words)
        raise NotFound("There is no command +{name}. The command +help lists them all.", name=name[:40])

    def nearest(self, name: str) -> Command | None:
        """Return the command that a mistyped name most likely means."""
        near = difflib.get_close_matches(name.casefold(), [*self._commands, *self._aliases], n=1, cutoff=0.5)
        return self.find(near[0]) if near else None

    def family(self, name: str) -> list[Command]:
        """Return the commands of a family, in the order of declaration."""
        return [item for item in self._commands.values() if item.family == name]

    def families(self) -> list[str]:
        """Return all families that have commands, in the order of FAMILIES, followed by unknown ones."""
        present = dict.fromkeys(item.family for item in self._commands.values())
        return [name for name in FAMILIES if name in present] + [name for name in present if name not in FAMILIES]

    def __iter__(self) -> Iterator[Command]:
        """Iterate over all commands, family by family."""
        for family in self.families():
            yield from self.family(family)

    def __len__(self) -> int:
        return len(self._commands)


def words(item: Command) -> tuple[str, ...]:
    """Return everything that calls a command, its name first."""
    return (item.name, *item.aliases, *([item.sign] if item.sign else ()))
