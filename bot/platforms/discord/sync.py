"""Registers slash commands with Discord, in the background and only if they have changed."""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

log = logging.getLogger(__name__)

SCOPE = "discord"


class KeyValues(Protocol):
    """The store's key-value table."""

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        """Return the value, or ``default``."""

    async def set(self, scope: str, key: str, value: Any) -> None:
        """Store the value."""


async def digest(tree: app_commands.CommandTree[Any]) -> str:
    """Return a hash of everything that would be sent to Discord."""
    translator = tree.translator
    told = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    text = json.dumps(sorted(told, key=lambda each: each["name"]), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


async def synchronise(
    tree: app_commands.CommandTree[Any], values: KeyValues, application: int, guilds: Sequence[int]
) -> int:
    """Register the commands where they have changed. Returns in how many places.

    Failures are logged; the registered commands then stay in use.
    """
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


async def _withdraw(tree: app_commands.CommandTree[Any], values: KeyValues, application: int, keep: set[int]) -> None:
    """Remove commands from places no longer in `guild_ids`, where they would appear twice."""
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


async def _note(values: KeyValues, application: int, place: int, *, present: bool) -> None:
    """Record whether commands are registered in ``place``."""
    places = set(await values.get(SCOPE, f"places:{application}", []))
    await values.set(SCOPE, f"places:{application}", sorted(places | {place} if present else places - {place}))
