"""`roost discord`: how to invite the bot to a server."""

import argparse
import base64
import binascii
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("discord", help="the link that invites the bot to a server")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    invite = actions.add_parser("invite", help="print the invite link and what to switch on in the developer portal")
    add_config_options(invite)
    invite.set_defaults(func=print_invite)


def print_invite(options: Any) -> int:
    """Print the invite link. The application id is in the configuration, or in the first part of the token."""
    from bot.config.file import load_config
    from bot.errors import ConfigError
    from bot.platforms.discord.setup import STEPS, invite_url

    config = load_config(options.config).discord
    application = config.application_id or application_of(config.token.get_secret_value())
    if application is None:
        raise ConfigError("Set [discord] application_id (developer portal, General Information), or a token.")
    print(STEPS)
    print(f"\nThen open this link to add the bot to a server:\n  {invite_url(application)}")
    return 0


def application_of(token: str) -> int | None:
    """Return the application id encoded in the first part of a bot token, or None if it is malformed."""
    head = token.split(".")[0]
    try:
        text = base64.b64decode(head + "=" * (-len(head) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return int(text) if text.isdigit() else None
