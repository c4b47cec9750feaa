"""Options that several commands share."""

import argparse

from bot.config import Config
from bot.config_file import load_config, secrets
from bot.logs import set_up_logging


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """``--config`` and ``--data``."""
    parser.add_argument("--config", metavar="FILE", help="the configuration (default: $ROOST_CONFIG, then ./bot.toml)")
    parser.add_argument("--data", metavar="DIR", help="folder of the database (default: $ROOST_DATA, then [bot] data)")


def read_config(options: argparse.Namespace, *, level: str | None = None) -> Config:
    """The configuration of the command line; the log is set up by it. Raises ConfigError."""
    config = load_config(options.config, data=options.data)
    log = config.log if level is None else config.log.model_copy(update={"level": level})
    set_up_logging(log, secrets(config), config.base)
    return config
