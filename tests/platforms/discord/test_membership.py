"""Servers that the bot joins and leaves, reported over the wire or detected after connecting."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.policy.departures import Departures
from tests.platforms.discord.talking import answered
from tests.platforms.discord.wire import Wired, connected, running, until
from tests.waiting import until_asked
from tests.wire_discord.server import wire_discord


async def gone(wired: Wired) -> list[tuple[str, str]]:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    found = await Departures(wired.conversations.core.store.values).before(tomorrow)
    return [(each.kind, each.id) for each in found]


async def until_gone(wired: Wired, *wanted: tuple[str, str]) -> None:
    async def agree() -> bool:
        return await gone(wired) == list(wanted)

    await until_asked(agree)


async def test_a_removal_is_noted_and_so_is_the_return(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        guild = wire.channel.guild
        assert guild is not None
        await wire.say("hello")
        await answered(wire)
        await wire.gateway.tell("GUILD_DELETE", {"id": guild, "unavailable": True}, guild)  # an outage
        told = wire.world.guild_told(guild, [wire.world.bot])
        await wire.gateway.tell("GUILD_CREATE", told, guild)
        channel = {"id": wire.channel.id, "guild_id": guild, "type": 0, "name": "general"}
        await wire.gateway.tell("THREAD_DELETE", {"id": "77", "guild_id": guild, "parent_id": "1", "type": 11}, guild)
        await wire.gateway.tell("CHANNEL_DELETE", channel, guild)
        await until_gone(wired, ("channel", wire.channel.id))
        await wire.gateway.tell("GUILD_DELETE", {"id": guild}, guild)
        await until_gone(wired, ("channel", wire.channel.id), ("guild", guild))
        await wire.gateway.tell("GUILD_CREATE", told, guild)
        await until_gone(wired, ("channel", wire.channel.id))


async def test_a_removal_while_nobody_listened_is_found_out(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address):
            await wire.say("hello")
            await answered(wire)
        guild = str(wire.channel.guild)
        kept = wire.world.guilds.pop(guild)
        async with running(tmp_path, wire, address) as wired:
            await until_gone(wired, ("guild", guild))
        wire.world.guilds[guild] = kept
        async with running(tmp_path, wire, address) as wired:
            await until(lambda: wired.platform._client is not None and wired.platform._client.hears_all)
            await until_gone(wired)
