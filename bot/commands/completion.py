"""Suggestions for an option's value while it is typed."""

import asyncio
from collections.abc import Iterable

from bot.commands.context import Context
from bot.i18n import LANGUAGES
from bot.policy.scopes import character_scope
from bot.sampling import PARAMETERS

MAX_SUGGESTIONS = 25  # the maximum Discord shows
CHARACTER_WORDS = ("import", "export ", "edit ", "delete ", "share ", "keep 8 ", "off", "members on", "members off")
WORDS = {
    "lore_words": ("list", "add ", "edit ", "remove ", "import", "export", "use ", "drop ", "why"),
    "personas": ("set ", "here ", "everywhere ", "off", "delete "),
}
SCENE_WORDS = ("list", "import", "end", "reload")
PROMPT_WORDS = ("show", "reload", "check", "set-default", "import")


async def complete(context: Context, option: str, prefix: str) -> list[str]:
    """Return at most 25 values that contain ``prefix``, those that start with it first."""
    found = context.command.option(option)
    if found is None or (context.command.permission == "admin" and not context.is_admin):
        return []
    typed = prefix.strip().casefold()
    values = found.choices or await _values(context, found.complete)
    matching = [value for value in values if typed in value.casefold()]
    return sorted(matching, key=lambda value: not value.casefold().startswith(typed))[:MAX_SUGGESTIONS]


async def _values(context: Context, kind: str | None) -> Iterable[str]:
    services = context.services
    if kind in WORDS:
        return WORDS[kind]
    if kind in ("characters", "character_words"):
        found = await services.core.characters.listed(character_scope(context.origin))
        return (*(item.id for item in found), *(CHARACTER_WORDS if kind == "character_words" else ()))
    if kind in ("cast", "cast_words", "scene_words"):
        return await _of_scenes(context, kind)
    match kind:
        case "last_words":
            return await _last_words(context)
        case "prompts":
            return services.prompts.names()
        case "prompt_words":
            return (*services.prompts.names(), *PROMPT_WORDS)
        case "saves":
            return [mark.name for mark in await context.place.channel.saves()] if context.place else []
        case "branches":
            return [mark.name for mark in await context.place.channel.branches()] if context.place else []
        case "presets":
            return services.presets.names()
        case "parameters":
            return (*(f"preset {name}" for name in services.presets.names()), *(item.name for item in PARAMETERS))
        case "commands":
            return [item.name for item in services.registry if item.permission == "everyone" or context.is_admin]
        case "models":
            return services.models.names() if services.models else []
    return list(LANGUAGES) if kind == "languages" else []


async def _last_words(context: Context) -> Iterable[str]:
    """Return the text that `edit` would replace."""
    if context.place is None:
        return []
    tip = await context.place.pending.tip()
    return [shown.output for shown in await context.shown([tip]) if shown.output and "whisper" not in tip.scene]


async def _of_scenes(context: Context, kind: str) -> Iterable[str]:
    if kind == "scene_words":
        names = await asyncio.to_thread(context.services.scenes.names)
        return (*(f"begin {name}" for name in names), *SCENE_WORDS)
    if context.place is None or not context.place.scene.is_active:
        return []
    stage = await context.place.scene.stage()
    here = (*stage.present, *stage.voices)
    return here if kind == "cast" else (*(f"play {name}" for name in stage.present), *here)
