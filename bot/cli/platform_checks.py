"""`roost doctor` checks of the web page, Discord and QQ."""

import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot.findings import Finding
from bot.i18n import N_, Message

if TYPE_CHECKING:
    from bot.config.schema import Config

LOCAL = ("127.0.0.1", "::1", "localhost")


def check_web(config: "Config") -> Finding:
    """Check that the port is free, and that a public page has a token."""
    return _web(config).about("web")


def _web(config: "Config") -> Finding:
    from bot.platform_specs import SWITCHED_OFF

    web = config.web
    if not web.enabled:
        return Finding("note", Message(SWITCHED_OFF, setting="[web] enabled"))
    if web.host not in LOCAL and not web.token.get_secret_value():
        public = N_("{host} is open to others and [web] token is empty: set ROOST_WEB_TOKEN")
        return Finding("bad", Message(public, host=web.host))
    if not web.port:
        return Finding("ok", Message("any free port of {host}", host=web.host))
    with socket.socket(socket.AF_INET6 if ":" in web.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((web.host, web.port))
        except OSError as error:
            taken = N_("{where} cannot be bound ({reason}): is Roost running already? Otherwise choose another [web] "
                       "port")  # fmt: skip
            return Finding("note", Message(taken, where=f"{web.host}:{web.port}", reason=error.strerror))
    return Finding("ok", Message("{url} is free", url=f"http://{web.host}:{web.port}/"))


def check_discord(config: "Config") -> Finding:
    """Check that the token has the form of a bot token."""
    return _discord(config).about("discord")


def _discord(config: "Config") -> Finding:
    from bot.platform_specs import NO_DISCORD_TOKEN, SWITCHED_OFF

    token = config.discord.token.get_secret_value()
    if not config.discord.enabled:
        return Finding("note", Message(SWITCHED_OFF, setting="[discord] enabled"))
    if not token:
        return Finding("note", Message(NO_DISCORD_TOKEN))
    if token.count(".") != 2 or any(char.isspace() for char in token):
        return Finding("bad", Message("the token does not look like a bot's (three parts with dots, no spaces)"))
    return Finding("ok", Message("there is a token"))


async def check_discord_account(config: "Config") -> AsyncIterator[Finding]:
    """Ask Discord about the token and the settings in the developer portal."""
    try:
        from bot.platforms.discord.setup import check_account
    except ImportError:
        yield _missing("discord.py", "'roost[discord]'").about("discord")
        return
    for finding in await check_account(config.discord):
        yield finding.about("discord")


async def check_qq_account(config: "Config") -> AsyncIterator[Finding]:
    """Ask QQ about the credentials."""
    from bot.platform_specs import NO_QQ_SECRET

    if not config.qq.enabled or not config.qq.app_id or not config.qq.secret.get_secret_value():
        yield Finding("note", Message(NO_QQ_SECRET)).about("qq")
        return
    try:
        from bot.platforms.qq.qq_setup import check_credentials
    except ImportError:
        yield _missing("aiohttp", "'roost[qq]'").about("qq")
        return
    for finding in await check_credentials(config.qq):
        yield finding.about("qq")


async def check_bridges(config: "Config") -> AsyncIterator[Finding]:
    """Check whether a OneBot bridge is reachable, and what it supports."""
    from bot.platform_specs import ONEBOT_OFF

    if not config.onebot.enabled:
        yield Finding("note", Message(ONEBOT_OFF)).about("onebot")
        return
    try:
        from bot.platforms.onebot.onebot_setup import check_bridge
    except ImportError:
        yield _missing("websockets", "'roost[qq]'").about("onebot")
        return
    async for finding in check_bridge(config.onebot):
        yield finding.about("onebot")


def _missing(package: str, packages: str) -> Finding:
    from bot.platform_specs import NOT_INSTALLED

    return Finding("bad", Message(NOT_INSTALLED, package=package, packages=packages))
