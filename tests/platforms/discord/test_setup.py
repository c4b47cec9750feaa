"""What `roost doctor` learns from Discord."""

from typing import Any

from pydantic import SecretStr

from bot.config.schema import DiscordSection
from bot.platforms.discord.setup import check_account
from tests.wire_discord.server import TOKEN, wire_discord


def section(address: str, token: str = TOKEN, **more: Any) -> DiscordSection:
    return DiscordSection(token=SecretStr(token), api_base=f"http://{address}/api", **more)


async def test_all_is_well() -> None:
    async with wire_discord() as (wire, address):
        seen = await check_account(section(address))
        assert [sight.mark for sight in seen] == ["ok", "ok", "ok"]
        assert "home" in str(seen[-1].text)
        assert not wire.refusals


async def test_a_refused_token_is_told_and_never_shown() -> None:
    async with wire_discord() as (_, address):
        (sight,) = await check_account(section(address, "wrong.token.here"))
        assert sight.mark == "bad"
        assert "token is refused" in str(sight.text)
        assert "wrong.token.here" not in str(sight.text)


async def test_switches_and_places_that_do_not_fit() -> None:
    async with wire_discord() as (wire, address):
        wire.gateway.refuse_intent = True
        wire.world.guilds.clear()
        seen = await check_account(section(address, application_id=5, guild_ids=[77], talk_channels=[8]))
        text = "\n".join(f"{sight.mark} {sight.text}" for sight in seen)
        assert f"bad [discord] application_id is 5, the token belongs to {wire.world.bot.id}" in text
        assert "bad the message content intent is off" in text
        assert "note it is in no server yet" in text
        assert f"client_id={wire.world.bot.id}" in text
        assert "names the server 77" in text


async def test_no_network_is_a_note() -> None:
    async with wire_discord() as (wire, address):
        await wire.go_offline()
        (sight,) = await check_account(section(address))
        assert sight.mark == "note"
        assert "cannot be reached" in str(sight.text)
