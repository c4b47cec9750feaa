"""The declaration of a command, from which parsing, help, slash commands and the reference are made."""

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from bot.errors import NotFound

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
OptionKind = Literal["text", "int", "float", "bool"]
Permission = Literal["everyone", "admin"]
Run = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One argument of a command. ``help`` is a message of the catalogues."""

    name: str
    help: str
    kind: OptionKind = "text"
    required: bool = False
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    complete: str | None = None  # values are offered from: prompts, saves, presets, characters, commands, models
    rest: bool = False  # takes the rest of the line, spaces and all


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as everybody sees it. ``summary`` and the options' help are messages of the catalogues."""

    name: str
    summary: str
    run: Run
    family: str = ""
    aliases: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    permission: Permission = "everyone"
    examples: tuple[str, ...] = ()
    samples: bool = False  # takes sampling options such as -temp=0.8
    needs_model: bool = False  # may wait for the engine: counts against the rate limits
    plugin: str = ""  # who brought it; empty for built-in ones

    @property
    def usage(self) -> str:
        """How it is typed: ``+load NAME``."""
        words = [option.name.upper() if option.required else f"[{option.name.upper()}]" for option in self.options]
        return " ".join([f"+{self.name}", *words])


def command(
    name: str, summary: str, *, options: Iterable[Option] = (), aliases: Iterable[str] = (),
    examples: Iterable[str] = (), permission: Permission = "everyone", samples: bool = False, needs_model: bool = False,
) -> Callable[[Run], Command]:  # fmt: skip
    """Turn a coroutine function ``run(context)`` into a Command, ready for ``Registry.load``."""

    def wrap(run: Run) -> Command:
        return Command(
            name=name, summary=summary, run=run, options=tuple(options), aliases=tuple(aliases),
            examples=tuple(examples), permission=permission, samples=samples, needs_model=needs_model,
            family=run.__module__.rpartition(".")[2],
        )  # fmt: skip

    return wrap


@dataclass(slots=True)
class Registry:
    """All commands by name and alias, in the order of their declaration."""

    _commands: dict[str, Command] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)  # name or alias -> name

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __len__(self) -> int:
        return len(self._commands)

    def add(self, new: Command) -> None:
        """Register a command. Raises ValueError for a bad or taken name: that is a defect of whoever declares it."""
        if not NAME.fullmatch(new.name):
            raise ValueError(f"command name {new.name!r}: lower-case letters, digits and hyphens, at most 32")
        for name in (new.name, *new.aliases):
            if name in self._names:
                raise ValueError(f"command {new.name!r}: the name {name!r} is taken by {self._names[name]!r}")
        self._names |= dict.fromkeys((new.name, *new.aliases), new.name)
        self._commands[new.name] = new

    def remove(self, name: str) -> None:
        """Take a plugin's command out again."""
        gone = self._commands.pop(name)
        for alias in (gone.name, *gone.aliases):
            del self._names[alias]

    def load(self, module: ModuleType) -> list[Command]:
        """Register every Command among a module's top-level names, in the order they were written."""
        found = [value for value in vars(module).values() if isinstance(value, Command)]
        for each in found:
            self.add(each)
        return found

    def get(self, name: str) -> Command | None:
        """The command of that name or alias."""
        known = self._names.get(name.casefold())
        return None if known is None else self._commands[known]

    def find(self, name: str) -> Command:
        """The command of that name or alias. Raises NotFound that suggests the nearest one."""
        found = self.get(name)
        if found is not None:
            return found
        near = self.nearest(name)
        if near is None:
            raise NotFound("There is no command +{name}. +help lists them all.", name=name[:40])
        raise NotFound("There is no command +{name}. Did you mean +{near}?", name=name[:40], near=near)

    def nearest(self, name: str) -> str | None:
        """The name or alias most like ``name``, if one is like it at all."""
        words = [word for word in self._names if word[0].isalpha()]
        close = difflib.get_close_matches(name.casefold()[:40], words, n=1, cutoff=0.6)
        return close[0] if close else None
