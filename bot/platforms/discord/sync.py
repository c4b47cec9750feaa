"""Telling Discord the slash commands: in the background, and only when the declared set has changed."""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

log = logging.getLogger(__name__)

SCOPE = "discord"


class Values(Protocol):
    """The key-value table of the store."""

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        """The value, or ``default``."""

    async def set(self, scope: str, key: str, value: Any) -> None:
        """Write the value."""


async def digest(tree: app_commands.CommandTree[Any]) -> str:
    """A hash of all that Discord would be told."""
    translator = tree.translator
    told = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    text = json.dumps(sorted(told, key=lambda each: each["name"]), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


async def synchronise(
    tree: app_commands.CommandTree[Any], values: Values, application: int, guilds: Sequence[int]
) -> int:
    """Tell Discord where the set changed; returns in how many places. Trouble is logged; the old set stays in use."""
    wanted, told = await digest(tree), 0
    await _withdraw(tree, values, application, keep=set(guilds or [0]))
    for guild in guilds or [0]:
        key = f"commands:{application}:{guild}"
        if await values.get(SCOPE, key) == wanted:
            continue
        place = discord.Object(guild) if guild else None
        try:
            if place is not None:
                tree.copy_global_to(guild=place)
            await tree.sync(guild=place)
        except discord.HTTPException as error:
            log.warning("slash commands could not be told to Discord (%s): the old ones stay in use", error)
            continue
        await values.set(SCOPE, key, wanted)
        told += 1
        await _note(values, application, guild, present=True)
        log.info("slash commands told to Discord%s", f" for the server {guild}" if guild else "")
    return told


async def _withdraw(tree: app_commands.CommandTree[Any], values: Values, application: int, keep: set[int]) -> None:
    """Where they were told under an earlier `guild_ids` and no longer belong, they would stand twice."""
    http = tree.client.http
    for place in await values.get(SCOPE, f"places:{application}", []):
        if place in keep:
            continue
        try:
            if place:
                await http.bulk_upsert_guild_commands(application, place, payload=[])
            else:
                await http.bulk_upsert_global_commands(application, payload=[])
        except discord.NotFound:
            log.debug("the server %s is gone, and its commands with it", place)
        except discord.HTTPException as error:
            log.warning("old slash commands could not be withdrawn (%s): they stand twice meanwhile", error)
            continue
        await values.set(SCOPE, f"commands:{application}:{place}", "")
        await _note(values, application, place, present=False)


async def _note(values: Values, application: int, place: int, *, present: bool) -> None:
    """Remember where commands were told."""
    places = set(await values.get(SCOPE, f"places:{application}", []))
    await values.set(SCOPE, f"places:{application}", sorted(places | {place} if present else places - {place}))
