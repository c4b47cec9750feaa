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
from bot.i18n import N_, Message

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
        refused = N_("the token is refused. Make a new one on the Bot page of {portal} and set it again")
        return [Finding("bad", Message(refused, portal=PORTAL))]
    except TimeoutError:
        late = N_("no answer from Discord within {seconds} s; the bot will keep trying")
        return [Finding("note", Message(late, seconds=f"{PATIENCE:.0f}"))]
    except discord.HTTPException as error:
        answer = f"{error.status} {error.text or ''}".rstrip()
        return [Finding("note", Message("Discord answers {answer}; try again later", answer=answer))]
    except (aiohttp.ClientError, OSError) as error:
        away = N_("Discord cannot be reached from here ({reason}); the bot will keep trying")
        return [Finding("note", Message(away, reason=error))]
    finally:
        await client.close()


async def _portal(client: discord.Client, config: DiscordSection) -> list[Finding]:
    about = await client.application_info()
    findings = [Finding("ok", Message("the token is valid; the bot is {name}", name=client.user))]
    if config.application_id and config.application_id != about.id:
        other = N_("[discord] application_id is {set}, the token belongs to {right}: put that, or 0")
        findings.append(Finding("bad", Message(other, set=config.application_id, right=about.id)))
    if about.flags.gateway_message_content or about.flags.gateway_message_content_limited:
        findings.append(Finding("ok", Message("the message content intent is on: talk channels and wake words work")))
    else:
        findings.append(Finding("bad" if config.talk_channels or config.wake_words else "note", _intent_off()))
    guilds = [guild async for guild in client.fetch_guilds(limit=200, with_counts=False)]
    if guilds:
        here = Message("it is in {count} servers", count=len(guilds))
        findings.append(Finding("ok", here if len(guilds) > 1 else Message("it is in {name}", name=guilds[0].name)))
    else:
        nowhere = N_("it is in no server yet. Open this link to add it: {url}")
        findings.append(Finding("note", Message(nowhere, url=invite_url(about.id))))
    known = {guild.id for guild in guilds}
    if len(guilds) < 200:
        unknown = N_("bot.toml names the server {number}, but the bot is not in it")
        named = [number for number in (*config.guild_ids, *config.allow_guilds) if number not in known]
        findings += [Finding("note", Message(unknown, number=number)) for number in named]
    return findings


def _intent_off() -> Message:
    return Message(
        "the message content intent is off: only mentions, replies, private messages and slash commands are read. "
        "Turn on Message Content Intent on the Bot page of {portal}", portal=PORTAL
    )  # fmt: skip
