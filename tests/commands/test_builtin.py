"""The built-in commands."""

import pkgutil
from importlib import import_module

from bot import commands
from bot.commands.builtin import MODULES, built_in
from bot.commands.command import Command


def declared(name: str) -> list[Command]:
    return [value for value in vars(import_module(f"bot.commands.{name}")).values() if isinstance(value, Command)]


def test_no_module_with_commands_is_forgotten() -> None:
    names = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    found = {name for name in names if any(each.run.__module__ == f"bot.commands.{name}" for each in declared(name))}
    assert found == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_each_is_there_once() -> None:
    names = [item.name for item in built_in()]
    assert len(names) == len(set(names))
