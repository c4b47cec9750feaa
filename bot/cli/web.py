"""`roost web`: prints owner links, invitations and links for a new password, and signs out all owners."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options

if TYPE_CHECKING:
    from bot.config.schema import WebSection


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("web", help="the web page's owner and accounts: link, sign-out, invite, reset")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    link = actions.add_parser("link", help="print a link that makes the browser that opens it the owner's, once")
    add_config_options(link)
    link.add_argument("--port", metavar="N", type=int, help="the page's port, where `roost run` was given another one")
    link.set_defaults(func=print_link)
    out = actions.add_parser("sign-out", help="end the ownership of every browser, and every link not used yet")
    add_config_options(out)
    out.set_defaults(func=sign_out)
    invite = actions.add_parser("invite", help="print a link with which somebody makes an account, once")
    add_config_options(invite)
    invite.add_argument("--note", metavar="TEXT", default="", help="whom it is for, in the owner's list")
    invite.add_argument("--days", metavar="N", type=int, default=7, help="how long it lasts (default: 7)")
    invite.add_argument("--url", metavar="URL", help="the page's address as its visitors see it")
    invite.set_defaults(func=lambda options: asyncio.run(print_invitation(options)))
    reset = actions.add_parser(
        "reset", help="print a link with which the holder of an account sets a new password, once"
    )
    add_config_options(reset)
    reset.add_argument("name", metavar="NAME", help="the account's name")
    reset.add_argument("--url", metavar="URL", help="the page's address as its visitors see it")
    reset.set_defaults(func=lambda options: asyncio.run(print_reset(options)))


def print_link(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.platforms.web.owners import Owners

    config = read_config(options)
    port = config.web.port if options.port is None else options.port
    print(f"{_local_url(config.web.host, port, '--port')}owner?code={Owners(config.data).link_code()}")
    return 0


def sign_out(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.platforms.web.owners import Owners

    Owners(read_config(options).data).sign_everybody_out()
    print("Every browser is signed out as owner. `roost web link` signs one in again.")
    return 0


async def print_invitation(options: argparse.Namespace) -> int:
    """Print an invitation link. Raises ConfigError if the packages for accounts are not installed."""
    from bot.accounts.invitations import Invitations
    from bot.cli.options import read_config
    from bot.store.store import open_store

    _check_packages()
    config = read_config(options, level="warning")
    page = _page_url(options, config.web)
    async with open_store(config.store.url.get_secret_value(), config.data, brief=True) as store:
        code = await Invitations(store.invitations).make(options.note, options.days)
    print(f"{page}/join?code={code}")
    return 0


async def print_reset(options: argparse.Namespace) -> int:
    """Print a link for a new password. Raises NotFound if there is no such account, ConfigError as above."""
    _check_packages()
    from bot.accounts.account_service import Accounts
    from bot.cli.options import read_config
    from bot.errors import NotFound
    from bot.store.store import open_store

    config = read_config(options, level="warning")
    page = _page_url(options, config.web)
    async with open_store(config.store.url.get_secret_value(), config.data, brief=True) as store:
        accounts = Accounts(store, config.bot.name)
        account = await accounts.find(options.name)
        if account is None:
            names = ", ".join(one.name for one in await accounts.all())
            raise NotFound("There is no account {name}. There are: {known}", name=options.name, known=names or "none")
        code = await accounts.reset_code(account)
    print(f"{page}/reset?code={code}")
    return 0


def _check_packages() -> None:
    from bot.accounts.account_values import can_have_accounts
    from bot.errors import ConfigError

    if not can_have_accounts():
        raise ConfigError("Accounts need two more packages: pip install 'roost[accounts]'")


def _page_url(options: argparse.Namespace, web: "WebSection") -> str:
    url: str = options.url or _local_url(web.host, web.port, "--url")
    return url.rstrip("/")


def _local_url(host: str, port: int, option: str) -> str:
    """Return the page's address on this machine. Raises ConfigError if it is known only while Roost runs."""
    from bot.errors import ConfigError
    from bot.platforms.web.server import local_url

    if not port:
        raise ConfigError("[web] port is 0, so Roost takes any free port when it starts: name it with {option}.",
                          option=option)  # fmt: skip
    return local_url(host, port)
