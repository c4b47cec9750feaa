"""Options that several commands share. Imports what they need when they run: `roost --help` is quick."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config.schema import Config


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """``--config`` and ``--data``."""
    parser.add_argument("--config", metavar="FILE", help="the configuration (default: $ROOST_CONFIG, then ./bot.toml)")
    parser.add_argument("--data", metavar="DIR", help="folder of the database (default: $ROOST_DATA, then [bot] data)")


def read_config(options: argparse.Namespace, *, level: str | None = None) -> "Config":
    """The configuration of the command line; the log is set up by it. Raises ConfigError."""
    from bot.config.file import load_config
    from bot.config.masking import secrets
    from bot.logs import set_up_logging

    config = load_config(options.config, data=options.data)
    log = config.log if level is None else config.log.model_copy(update={"level": level})
    set_up_logging(log, secrets(config), config.base)
    return config
