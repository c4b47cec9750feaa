"""Slash commands that no longer fit their declaration: a reader's Discord may show an older one for a while."""

import logging
from typing import Any

import discord
from discord import app_commands

from bot.platforms.discord.slash import FILE, Answer

log = logging.getLogger(__name__)

MISFITS = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)


class ForgivingTree(app_commands.CommandTree[Any]):
    """Passes on what discord.py refuses: the dispatcher says what is missing or wrong, as it does for `+name`."""

    def __init__(self, client: discord.Client, answer: Answer) -> None:
        super().__init__(client)
        self._answer = answer

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Without an answer Discord would show that the application did not respond."""
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
    """The values as Discord sent them, of the options that there are."""
    given = vars(interaction.namespace)  # it has no keys(): any name that it lacks is None
    values = {each.name: given[each.display_name] for each in command.parameters if each.display_name in given}
    return {
        name: value for name, value in values.items()
        if isinstance(value, (discord.Attachment if name == FILE.name else (str, int, float)))
    }  # fmt: skip
