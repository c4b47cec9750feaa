"""Builds slash commands from the registry's declarations: types, ranges, choices, completion, translations."""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import discord
from discord import app_commands

from bot.commands.command import Command, Option
from bot.i18n import N_, translate
from bot.platforms.discord.intake import language_of

Answer = Callable[[discord.Interaction[Any], str, dict[str, Any]], Awaitable[None]]
Complete = Callable[[discord.Interaction[Any], str, str, str], Awaitable[list[str]]]

MAX_LENGTH = 100  # characters of a description, or of a choice and its value
MAX_TEXT_LENGTH = 6000
KINDS: dict[str, type] = {"text": str, "int": int, "float": float, "bool": bool}
MAX_NUMBER = 2**53
FILE = Option(name="file", help=N_("a file to read"))
MAX_CHOICES = 25
NAME = re.compile(r"[-_\w]{1,32}")


def named(name: str, kind: str) -> app_commands.locale_str:
    """Return a translatable name. ``kind`` is "/" for commands, ":" for options."""
    return app_commands.locale_str(name, text=kind + name)


class Translator(app_commands.Translator):
    """Translates names and descriptions from the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the text in ``locale``; None if it is the same as in English."""
        language, message = language_of(locale), string.extras.get("text", string.message)
        text = translate(message, language)[:MAX_LENGTH] if language != "en" else message
        if text == message:
            return None
        is_name = message != string.message
        return text if not is_name or (NAME.fullmatch(text) and text == text.lower()) else None


def build(command: Command, answer: Answer, complete: Complete) -> app_commands.Command[Any, ..., None]:
    """Build the slash command for a declaration."""

    async def callback(interaction: discord.Interaction[Any], **options: Any) -> None:
        await answer(interaction, command.name, {name: value for name, value in options.items() if value is not None})

    options = sorted(command.options, key=lambda option: not option.required)
    parameters = [inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [_parameter(option) for option in options]
    if command.takes_file and command.option(FILE.name) is None:
        options.append(FILE)
        parameters.append(_parameter(FILE, discord.Attachment | None))
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # discord.py reads the signature
    described = {option.name: app_commands.locale_str(option.help[:MAX_LENGTH]) for option in options}
    if described:
        app_commands.describe(**described)(callback)
        app_commands.rename(**{option.name: named(option.name, ":") for option in options})(callback)
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=named(command.name, "/"),
        description=app_commands.locale_str(command.summary[:MAX_LENGTH]),
        callback=callback,
    )
    if command.permission == "admin":
        made.default_permissions = discord.Permissions(manage_guild=True)
    for option in options:
        if option.complete:
            made.autocomplete(option.name)(_completer(command.name, option.name, complete))
    return made


def _parameter(option: Option, annotation: Any = None) -> inspect.Parameter:
    default = inspect.Parameter.empty if option.required else None
    kind = annotation or _annotation(option)
    return inspect.Parameter(option.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)


def _annotation(option: Option) -> Any:
    kind: Any = KINDS[option.kind]
    words = (
        tuple(choice for choice in option.choices if choice[:1].isalpha()) or option.choices
    )  # aliases such as "-1" are for typing
    if words and len(words) <= MAX_CHOICES and all(len(word) <= MAX_LENGTH for word in words):
        return Literal[words]
    if option.kind in ("int", "float") and not (option.minimum is None and option.maximum is None):
        least = -MAX_NUMBER if option.minimum is None else option.minimum
        most = MAX_NUMBER if option.maximum is None else option.maximum
        return app_commands.Range[kind, kind(least), kind(most)]
    if option.kind == "text":
        return app_commands.Range[str, 1, MAX_TEXT_LENGTH]
    return kind


def _completer(command: str, option: str, complete: Complete) -> Any:
    async def offer(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        values = await complete(interaction, command, option, current)
        fitting = [value for value in values if 0 < len(value) <= MAX_LENGTH][:MAX_CHOICES]
        return [app_commands.Choice(name=value, value=value) for value in fitting]

    return offer
