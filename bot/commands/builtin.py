"""The built-in commands' modules, in the order of `help`."""

from types import ModuleType

from bot.commands import admin, guidance, keep, moves, prompting, service, talk, tuning, writing
from bot.commands.registry import Registry

MODULES: tuple[ModuleType, ...] = (talk, moves, writing, guidance, tuning, keep, prompting, service, admin)


def built_in() -> Registry:
    """A register with all of them."""
    registry = Registry()
    for module in MODULES:
        registry.load(module)
    return registry
