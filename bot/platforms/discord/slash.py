"""Slash commands, made from the registry's declarations: types, ranges, choices, completion, languages."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import discord
from discord import app_commands

from bot.commands.registry import Command, Option
from bot.i18n import translate
from bot.platforms.discord.intake import language_of

Answer = Callable[[discord.Interaction[Any], str, dict[str, Any]], Awaitable[None]]
Complete = Callable[[discord.Interaction[Any], str, str, str], Awaitable[list[str]]]

LONGEST = 100  # characters of a description, a choice and its value
MOST_TEXT = 6000
KINDS: dict[str, type] = {"text": str, "int": int, "float": float, "bool": bool}
LARGEST = 2**53


class Translator(app_commands.Translator):
    """Descriptions in Discord's languages, out of the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in ``locale``; None where it is the same as in English."""
        language = language_of(locale)
        text = translate(string.message, language)[:LONGEST] if language != "en" else string.message
        return text if text != string.message else None


def build(command: Command, answer: Answer, complete: Complete) -> app_commands.Command[Any, ..., None]:
    """The slash command of a declaration."""

    async def callback(interaction: discord.Interaction[Any], **options: Any) -> None:
        await answer(interaction, command.name, {name: value for name, value in options.items() if value is not None})

    options = sorted(command.options, key=lambda option: not option.required)
    parameters = [inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [_parameter(option) for option in options]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # discord.py reads the signature
    described = {option.name: app_commands.locale_str(option.help[:LONGEST]) for option in options}
    if described:
        app_commands.describe(**described)(callback)
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=command.name, description=app_commands.locale_str(command.summary[:LONGEST]), callback=callback
    )
    if command.permission == "admin":
        made.default_permissions = discord.Permissions(manage_guild=True)
    for option in options:
        if option.complete:
            made.autocomplete(option.name)(_completer(command.name, option.name, complete))
    return made


def _parameter(option: Option) -> inspect.Parameter:
    default = inspect.Parameter.empty if option.required else None
    return inspect.Parameter(
        option.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=_annotation(option)
    )


def _annotation(option: Option) -> Any:
    kind: Any = KINDS[option.kind]
    if option.choices and len(option.choices) <= 25:
        return Literal[tuple(option.choices)]
    if option.kind in ("int", "float") and not (option.minimum is None and option.maximum is None):
        least = -LARGEST if option.minimum is None else option.minimum
        most = LARGEST if option.maximum is None else option.maximum
        return app_commands.Range[kind, kind(least), kind(most)]
    if option.kind == "text":
        return app_commands.Range[str, 1, MOST_TEXT]
    return kind


def _completer(command: str, option: str, complete: Complete) -> Any:
    async def offer(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        values = await complete(interaction, command, option, current)
        return [app_commands.Choice(name=value[:LONGEST], value=value) for value in values if len(value) <= LONGEST][
            :25
        ]

    return offer
