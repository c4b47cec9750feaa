"""`roost qq`: how to connect the bot to QQ."""

import argparse
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("qq", help="what to enter in NapCat, LLBot or Tencent's console, step by step")
    add_config_options(parser)
    parser.add_argument("--language", choices=("en", "zh"), help="of the steps (default: [bot] language)")
    parser.set_defaults(func=print_steps)


def print_steps(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.errors import ConfigError

    try:
        from bot.platforms.onebot.onebot_setup import steps
        from bot.platforms.qq.qq_setup import steps as official_steps
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("bot"):
            raise
        raise ConfigError("{package} is not installed: pip install 'roost[qq]'", package=error.name) from None
    config = read_config(options)
    language = options.language or config.bot.language
    print(steps(config.onebot, language))
    print(official_steps(language), end="")
    return 0
