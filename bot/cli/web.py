"""`roost web`: sign a browser in as owner, or sign all of them out."""

import argparse
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("web", help="sign a browser in as owner of the web page, or sign all of them out")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    link = actions.add_parser("link", help="print a link that makes the browser that opens it the owner's, once")
    add_config_options(link)
    link.add_argument("--port", metavar="N", type=int, help="the page's port, where `roost run` was given another one")
    link.set_defaults(func=print_link)
    out = actions.add_parser("sign-out", help="end the ownership of every browser, and every link not used yet")
    add_config_options(out)
    out.set_defaults(func=sign_out)


def print_link(options: argparse.Namespace) -> int:
    """Print a one-time link."""
    from bot.cli.options import read_config
    from bot.platforms.web.owners import Owners
    from bot.platforms.web.server import local_url

    config = read_config(options)
    port = config.web.port if options.port is None else options.port
    url = local_url(config.web.host, port)
    print(f"{url}owner?code={Owners(config.data).link_code()}")
    return 0


def sign_out(options: argparse.Namespace) -> int:
    """Sign every owner out."""
    from bot.cli.options import read_config
    from bot.platforms.web.owners import Owners

    Owners(read_config(options).data).sign_everybody_out()
    print("Every browser is signed out as owner. `roost web link` signs one in again.")
    return 0
