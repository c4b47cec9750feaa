"""Setup: API addresses, the invitation link, and checks of the token and the application's settings."""

import asyncio

import aiohttp
import discord
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.config.schema import DiscordSection
from bot.findings import Finding

PATIENCE = 15.0  # seconds for all requests together
PORTAL = "https://discord.com/developers/applications"
PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, read_message_history=True,
    embed_links=True, attach_files=True, use_application_commands=True, manage_webhooks=True,
)  # fmt: skip
STEPS = """\
In the developer portal (https://discord.com/developers/applications), on the application's Bot page:
  - Message Content Intent: on (off: the bot answers mentions, replies, private messages and slash commands only)
  - Presence and Server Members Intent: off, they are not used
  - Public Bot: as you like"""


def use_bases(config: DiscordSection) -> None:
    """Make discord.py use the configured addresses, for the whole process."""
    if config.api_base:
        Route.BASE = config.api_base.rstrip("/")
    if config.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(config.gateway_url)
    if config.cdn_base:
        Asset.BASE = config.cdn_base.rstrip("/")


def invite_url(application: int) -> str:
    """Return the link for adding the bot to a server, with exactly the permissions it uses."""
    return discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


async def check_account(config: DiscordSection) -> list[Finding]:
    """Check the token and settings with Discord. Never raises: failures are returned as findings."""
    use_bases(config)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(PATIENCE):
            await client.login(config.token.get_secret_value())
            return await _portal(client, config)
    except discord.LoginFailure:
        return [Finding("bad", f"the token is refused. Make a new one on the Bot page of {PORTAL} and set it again")]
    except TimeoutError:
        return [Finding("note", f"no answer from Discord within {PATIENCE:.0f} s; the bot will keep trying")]
    except discord.HTTPException as error:
        return [Finding("note", f"Discord answers {error.status} {error.text or ''}".rstrip() + "; try again later")]
    except (aiohttp.ClientError, OSError) as error:
        return [Finding("note", f"Discord cannot be reached from here ({error}); the bot will keep trying")]
    finally:
        await client.close()


async def _portal(client: discord.Client, config: DiscordSection) -> list[Finding]:
    about = await client.application_info()
    findings = [Finding("ok", f"the token is valid; the bot is {client.user}")]
    if config.application_id and config.application_id != about.id:
        text = f"[discord] application_id is {config.application_id}, the token belongs to {about.id}: put that, or 0"
        findings.append(Finding("bad", text))
    if about.flags.gateway_message_content or about.flags.gateway_message_content_limited:
        findings.append(Finding("ok", "the message content intent is on: talk channels and wake words work"))
    else:
        text = "the message content intent is off: only mentions, replies, private messages and slash commands are read"
        needs_it = bool(config.talk_channels or config.wake_words)
        advice = f". Turn on Message Content Intent on the Bot page of {PORTAL}"
        findings.append(Finding("bad" if needs_it else "note", text + advice))
    guilds = [guild async for guild in client.fetch_guilds(limit=200, with_counts=False)]
    if guilds:
        findings.append(
            Finding("ok", f"it is in {len(guilds)} servers" if len(guilds) > 1 else f"it is in {guilds[0].name}")
        )
    else:
        findings.append(Finding("note", f"it is in no server yet. Open this link to add it: {invite_url(about.id)}"))
    known = {guild.id for guild in guilds}
    if len(guilds) < 200:
        named = [number for number in (*config.guild_ids, *config.allow_guilds) if number not in known]
        text = "bot.toml names the server {number}, but the bot is not in it"
        findings += [Finding("note", text.format(number=number)) for number in named]
    return findings
