"""`roost config`: shows the configuration in effect, and its file."""

import argparse
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("config", help="show the configuration in force, secrets masked")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print every setting with its value")
    add_config_options(show)
    show.set_defaults(func=show_config)
    path = actions.add_parser("path", help="print which file is read")
    add_config_options(path)
    path.set_defaults(func=show_path)


def show_config(options: argparse.Namespace) -> int:
    from bot.config.file import load_config
    from bot.config.masking import show

    print(show(load_config(options.config, data=options.data)), end="")
    return 0


def show_path(options: argparse.Namespace) -> int:
    from bot.config.file import find_config

    print(find_config(options.config))
    return 0
