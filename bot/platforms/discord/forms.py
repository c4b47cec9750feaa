"""Input of a press: its button's argument, a menu choice, or a form's text."""

from collections.abc import Iterator, Mapping
from typing import Any

import discord

from bot.commands.command import Command, Option
from bot.events import Question
from bot.i18n import translate
from bot.platforms.line.button_ids import Press, custom_id

MAX_FIELD_LENGTH = 4000  # characters per form field
MAX_TITLE_LENGTH = 45
MAX_ID_LENGTH = 100


def arguments_of(command: Command | None, press: Press, data: Mapping[str, Any]) -> dict[str, object]:
    """Return the value for the command's first option, or for the option that its form asks for."""
    if command is None:
        return {}
    if "components" in data:
        text = next(_texts(data["components"]), "")
        return {command.asks: f"{press.argument} {text}" if press.argument else text}
    return command.first((data.get("values") or [press.argument])[0])


def _texts(components: list[Mapping[str, Any]]) -> Iterator[str]:
    for component in components:
        if isinstance(value := component.get("value"), str):
            yield value
        inside = component.get("components") or ([component["component"]] if "component" in component else [])
        yield from _texts(inside)


def form(command: Command, option: Option, press_id: str, given: str, language: str | None) -> discord.ui.Modal:
    """Return a form with one field."""
    title = translate(command.summary, language)
    made = discord.ui.Modal(title=shortened(title), custom_id=press_id, timeout=None)
    field = discord.ui.TextInput[discord.ui.View](
        label=shortened(translate(option.help, language)), style=discord.TextStyle.long, default=given or None,
        max_length=MAX_FIELD_LENGTH, required=option.required,
    )  # fmt: skip
    made.add_item(field)
    made.stop()  # no listener needed: the id carries everything
    return made


def question_form(command: Command, question: Question, language: str | None) -> discord.ui.Modal | None:
    """Return a form for what a slash command left out; None if it exceeds Discord's limits."""
    number = custom_id(command.name, None, question.lead)
    if len(number) > MAX_ID_LENGTH or len(question.given) > MAX_FIELD_LENGTH:
        return None
    made = discord.ui.Modal(title=shortened(translate(command.summary, language)), custom_id=number, timeout=None)
    made.add_item(discord.ui.TextInput[discord.ui.View](
        label=shortened(question.label), style=discord.TextStyle.long, default=question.given or None,
        max_length=MAX_FIELD_LENGTH,
    ))  # fmt: skip
    made.stop()
    return made


def shortened(text: str) -> str:
    return text if len(text) <= MAX_TITLE_LENGTH else f"{text[: MAX_TITLE_LENGTH - 1]}…"
