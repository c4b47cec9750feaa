"""Where Discord is: its own addresses, or those of another server that speaks its protocol."""

from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.config.schema import DiscordSection


def use_bases(config: DiscordSection) -> None:
    """Let discord.py call the addresses that the configuration names; they hold for the whole process."""
    if config.api_base:
        Route.BASE = config.api_base.rstrip("/")
    if config.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(config.gateway_url)
    if config.cdn_base:
        Asset.BASE = config.cdn_base.rstrip("/")
