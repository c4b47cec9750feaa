"""The modules of the built-in commands, in the order of `help`."""

from types import ModuleType

from bot.commands import (
    about,
    admin,
    author_notes,
    card_making,
    characters,
    guidance,
    lore,
    moves,
    personas,
    preferences,
    privacy,
    probabilities,
    prompting,
    read_text,
    saves,
    scene_lines,
    scenes,
    talk,
    writing,
)
from bot.commands.registry import Registry

MODULES: tuple[ModuleType, ...] = (
    talk, moves, writing, guidance, preferences, saves, characters, personas, author_notes, lore, read_text,
    probabilities, card_making, scenes, scene_lines, prompting, about, privacy, admin,
)  # fmt: skip


def built_in() -> Registry:
    """Return a registry with all built-in commands."""
    registry = Registry()
    for module in MODULES:
        registry.load(module)
    return registry
