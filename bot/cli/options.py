"""Options shared by several commands. Imports are deferred, so that `roost --help` is fast."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config.schema import Config


def add_config_options(parser: argparse.ArgumentParser, *, shared: bool = False) -> None:
    """Add ``--config`` and ``--data``, before the command (``shared``) or after it; the latter win."""
    default = None if shared else argparse.SUPPRESS
    parser.add_argument(
        "--config", metavar="FILE", default=default, help="the configuration (default: $ROOST_CONFIG, then ./bot.toml)"
    )
    parser.add_argument(
        "--data", metavar="DIR", default=default, help="folder of the database (default: $ROOST_DATA, then [bot] data)"
    )


def port(text: str) -> int:
    """Parse a port number."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a port, 0 to 65535 (0: any free one)")
    return int(text)


def read_config(options: argparse.Namespace, *, level: str | None = None) -> "Config":
    """Load the configuration and set up logging. Raises ConfigError."""
    from bot.config.file import load_config
    from bot.config.masking import secrets
    from bot.logs import set_up_logging

    config = load_config(options.config, data=options.data)
    _check_folder(config.data)
    log = config.log if level is None else config.log.model_copy(update={"level": level})
    set_up_logging(log, secrets(config), config.base)
    return config


def _check_folder(data: Path) -> None:
    """Raise ConfigError if something other than a folder is in the way. The folder itself need not exist yet."""
    nearest = next(path for path in (data, *data.parents) if path.exists())
    if not nearest.is_dir():
        raise ConfigError("The data folder cannot be {data}: {nearest} is a file.", data=data, nearest=nearest)
