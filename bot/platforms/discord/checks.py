"""What Discord says of the token, the portal's switches and the servers, in plain words: asked by `roost doctor`."""

import asyncio
from dataclasses import dataclass
from typing import Literal

import aiohttp
import discord

from bot.config.schema import DiscordSection
from bot.platforms.discord.addresses import use_bases
from bot.platforms.discord.invite import invite_url

PATIENCE = 15.0  # seconds for all questions together
PORTAL = "https://discord.com/developers/applications"


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that was looked at."""

    mark: Literal["ok", "note", "bad"]
    text: str


async def look(config: DiscordSection) -> list[Sight]:
    """Ask Discord. Never raises: trouble on the way is a sight as well."""
    use_bases(config)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(PATIENCE):
            await client.login(config.token.get_secret_value())
            return await _portal(client, config)
    except discord.LoginFailure:
        return [Sight("bad", f"the token is refused. Make a new one on the Bot page of {PORTAL} and set it again")]
    except TimeoutError:
        return [Sight("note", f"no answer from Discord within {PATIENCE:.0f} s; the bot will keep trying")]
    except discord.HTTPException as error:
        return [Sight("note", f"Discord answers {error.status} {error.text or ''}".rstrip() + "; try again later")]
    except (aiohttp.ClientError, OSError) as error:
        return [Sight("note", f"Discord cannot be reached from here ({error}); the bot will keep trying")]
    finally:
        await client.close()


async def _portal(client: discord.Client, config: DiscordSection) -> list[Sight]:
    about = await client.application_info()
    seen = [Sight("ok", f"the token is taken; the bot is {client.user}")]
    if config.application_id and config.application_id != about.id:
        text = f"[discord] application_id is {config.application_id}, the token belongs to {about.id}: put that, or 0"
        seen.append(Sight("bad", text))
    if about.flags.gateway_message_content or about.flags.gateway_message_content_limited:
        seen.append(Sight("ok", "the message content intent is on: talk channels and wake words work"))
    else:
        text = "the message content intent is off: only mentions, replies, private messages and slash commands are read"
        needs_it = bool(config.talk_channels or config.wake_words)
        advice = f". Turn on Message Content Intent on the Bot page of {PORTAL}"
        seen.append(Sight("bad" if needs_it else "note", text + advice))
    guilds = [guild async for guild in client.fetch_guilds(limit=200, with_counts=False)]
    if guilds:
        seen.append(Sight("ok", f"it is in {len(guilds)} servers" if len(guilds) > 1 else f"it is in {guilds[0].name}"))
    else:
        seen.append(Sight("note", f"it is in no server yet. Open this link to add it: {invite_url(about.id)}"))
    known = {guild.id for guild in guilds}
    if len(guilds) < 200:
        named = [number for number in (*config.guild_ids, *config.allow_guilds) if number not in known]
        seen += [Sight("note", f"bot.toml names the server {number}, but the bot is not in it") for number in named]
    return seen
