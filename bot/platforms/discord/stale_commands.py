"""Handles slash commands that no longer match their declaration: a client may show outdated ones for a while."""

import logging
from typing import Any

import discord
from discord import app_commands

from bot.platforms.discord.slash import FILE, Answer

log = logging.getLogger(__name__)

MISFITS = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)


class LenientCommandTree(app_commands.CommandTree[Any]):
    """Passes on calls that discord.py rejects. The dispatcher reports what is wrong, as it does for `+name`."""

    def __init__(self, client: discord.Client, answer: Answer) -> None:
        super().__init__(client)
        self._answer = answer

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Pass on the call: without an answer Discord would show that the application did not respond."""
        is_call = interaction.type is discord.InteractionType.application_command
        if not is_call or not isinstance(error, MISFITS) or interaction.response.is_done():
            await super().on_error(interaction, error)
            return
        log.info("Discord sent a slash command that is declared differently: %s", error)
        if isinstance(error, app_commands.CommandNotFound):
            await self._answer(interaction, error.name, {})
        elif isinstance(command := interaction.command, app_commands.Command):
            await self._answer(interaction, command.name, _given(interaction, command))


def _given(interaction: discord.Interaction[Any], command: app_commands.Command[Any, ..., Any]) -> dict[str, Any]:
    """Return the values that Discord sent for options that still exist."""
    given = vars(interaction.namespace)  # it has no keys(), and missing attributes read as None
    values = {each.name: given[each.display_name] for each in command.parameters if each.display_name in given}
    return {
        name: value for name, value in values.items()
        if isinstance(value, (discord.Attachment if name == FILE.name else (str, int, float)))
    }  # fmt: skip
