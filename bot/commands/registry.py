"""What a command is, and the register of all commands, filters and background tasks.

A module is loaded by ``Registry.load``: every ``Command``, ``Filter``, ``Task`` and ``ChatPrompt`` among its names is
taken in. Built-in commands and plugins come in through this one door.
"""

import difflib
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

from bot.errors import NotFound
from bot.library.prompts import ChatPrompt

OptionKind = Literal["text", "int", "float", "bool"]
Permission = Literal["everyone", "admin"]
# In the order of `help` and of docs/commands.md.
FAMILIES = ("talk", "writing", "guidance", "settings", "keep", "prompts", "service", "admin", "plugins")
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command: a parameter of its function, an option of its slash command."""

    name: str
    help: str  # a message of the catalogues
    kind: OptionKind = "text"
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    complete: str | None = None  # what to offer while typing: "prompts", "saves", "presets", "commands", ...
    rest: bool = False  # takes all of the text that no other option takes
    marked: bool = False  # in text it must be named: `context: ...`

    def usage(self) -> str:
        """As `help` shows it."""
        words = [choice for choice in self.choices if choice[0].isalpha()]
        word = "|".join(words) if words and len(words) <= 4 else self.name
        if self.marked:
            word = f"{self.name}: ..."
        return f"<{word}>" if self.required else f"[{word}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as every platform knows it. ``run(context, **options)`` gets each option by its name."""

    name: str
    summary: str  # a message of the catalogues, one sentence
    family: str
    run: Callable[..., Awaitable[None]]
    aliases: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    permission: Permission = "everyone"
    examples: tuple[str, ...] = ()  # as typed: "+undo 2"
    samples: bool = False  # takes -temp=0.8 and its like
    needs_model: bool = False  # counts against the limits
    takes_file: bool = False  # reads a file that came along, also a large one
    details: str = ""  # a message of the catalogues, shown by `help NAME`
    plugin: str = ""  # the plugin that it came with; "": built in

    def usage(self) -> str:
        """``undo [turns]``."""
        return " ".join([self.name, *(option.usage() for option in self.options)])

    def option(self, name: str) -> Option | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Looks at what people say (``before`` the model) or at replies (``after``), and may change them.

    ``run(context, text)`` returns the text to go on with. A UserError raised before the model refuses the message.
    """

    when: Literal["before", "after"]
    run: Callable[..., Any]
    plugin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Runs in the background: ``run(plugin)`` once, or every so many seconds."""

    run: Callable[..., Any]
    every: float | None = None  # seconds between the end of one run and the next
    plugin: str = ""


def command(
    name: str,
    *,
    summary: str,
    family: str = "plugins",
    aliases: tuple[str, ...] = (),
    options: tuple[Option, ...] = (),
    permission: Permission = "everyone",
    examples: tuple[str, ...] = (),
    samples: bool = False,
    needs_model: bool = False,
    takes_file: bool = False,
    details: str = "",
) -> Callable[[Callable[..., Awaitable[None]]], Command]:
    """Make a function a Command: ``async def undo(context, turns)`` with an Option for each parameter.

    Raises ValueError at once when names and parameters do not fit together.
    """

    def decorate(run: Callable[..., Awaitable[None]]) -> Command:
        made = Command(
            name=name, summary=summary, family=family, run=run, aliases=aliases, options=options,
            permission=permission, examples=examples, samples=samples, needs_model=needs_model,
            takes_file=takes_file, details=details,
        )  # fmt: skip
        check(made)
        return made

    return decorate


def check(made: Command) -> None:
    """Raise ValueError when a command's declaration does not fit its function, or itself."""
    if not made.name or not made.name[0].isalpha() or not set(made.name) <= set(NAME_CHARACTERS):
        raise ValueError(f"command name {made.name!r}: expected small letters, digits, - and _, a letter first")
    if not made.summary.strip():
        raise ValueError(f"command {made.name}: the summary is empty")
    if not inspect.iscoroutinefunction(made.run):
        raise ValueError(f"command {made.name}: expected an async function")
    parameters = list(inspect.signature(made.run).parameters)[1:]
    if parameters != [option.name for option in made.options]:
        raise ValueError(f"command {made.name}: the function takes {parameters}, the options are named differently")
    if sum(option.rest for option in made.options) > 1:
        raise ValueError(f"command {made.name}: only one option can take the rest of the line")


class Registry:
    """All commands by name and alias; filters and tasks in the order they were loaded."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._aliases: dict[str, Command] = {}
        self.filters: list[Filter] = []
        self.tasks: list[Task] = []
        self.prompts: list[ChatPrompt] = []

    def load(self, module: ModuleType, plugin: str = "") -> list[Command]:
        """Take in what ``module`` declares; all of it or, when anything is wrong, nothing. Raises ValueError."""
        members = list(vars(module).values())
        commands = [replace(item, plugin=plugin) for item in members if isinstance(item, Command)]
        taken = dict(self._commands) | self._aliases
        for item in commands:
            check(item)
            for word in (item.name, *item.aliases):
                if word in taken:
                    raise ValueError(f"there are two commands {word!r} (one of {taken[word].plugin or 'Roost'})")
                taken[word] = item
        for item in commands:
            self._commands[item.name] = item
            self._aliases.update(dict.fromkeys(item.aliases, item))
        self.filters += [replace(item, plugin=plugin) for item in members if isinstance(item, Filter)]
        self.tasks += [replace(item, plugin=plugin) for item in members if isinstance(item, Task)]
        self.prompts += [item for item in members if isinstance(item, ChatPrompt)]
        return commands

    def unload(self, plugin: str) -> None:
        """Forget all that came with a plugin."""
        self._commands = {name: item for name, item in self._commands.items() if item.plugin != plugin}
        self._aliases = {name: item for name, item in self._aliases.items() if item.plugin != plugin}
        self.filters = [item for item in self.filters if item.plugin != plugin]
        self.tasks = [item for item in self.tasks if item.plugin != plugin]

    def find(self, name: str) -> Command | None:
        """The command of that name or alias, whatever its case."""
        word = name.casefold()
        return self._commands.get(word) or self._aliases.get(word)

    def require(self, name: str) -> Command:
        """The same; raises NotFound that names the nearest."""
        found = self.find(name)
        if found is not None:
            return found
        near = self.nearest(name)
        if near is not None:
            raise NotFound("There is no command +{name}. Did you mean +{near}?", name=name[:40], near=near.name)
        raise NotFound("There is no command +{name}. The command +help lists them all.", name=name[:40])

    def nearest(self, name: str) -> Command | None:
        """The command that a mistyped name most likely meant."""
        words = [*self._commands, *self._aliases]
        near = difflib.get_close_matches(name.casefold(), words, n=1, cutoff=0.5)
        return self.find(near[0]) if near else None

    def family(self, name: str) -> list[Command]:
        """The commands of a family, in the order of their declaration."""
        return [item for item in self._commands.values() if item.family == name]

    def families(self) -> list[str]:
        """All families that have commands, in the order of FAMILIES, then strangers' ones."""
        present = dict.fromkeys(item.family for item in self._commands.values())
        return [name for name in FAMILIES if name in present] + [name for name in present if name not in FAMILIES]

    def __iter__(self) -> Iterator[Command]:
        """All commands, family by family."""
        for family in self.families():
            yield from self.family(family)

    def __len__(self) -> int:
        return len(self._commands)
