"""The built-in commands' modules, in the order of `help`."""

from types import ModuleType

from bot.commands import about, admin, guidance, moves, preferences, prompting, saves, talk, writing
from bot.commands.registry import Registry

MODULES: tuple[ModuleType, ...] = (talk, moves, writing, guidance, preferences, saves, prompting, about, admin)


def built_in() -> Registry:
    """A register with all of them."""
    registry = Registry()
    for module in MODULES:
        registry.load(module)
    return registry
