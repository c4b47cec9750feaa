"""`roost engine`: serves the model to bots on other machines until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options, port
from bot.cli.signals import on_signal

if TYPE_CHECKING:
    from bot.config.schema import Config

DEFAULT_PORT = 8090


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("engine", help="run the model for bots on other machines ([engine] urls)")
    add_config_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", metavar="N", type=port, default=DEFAULT_PORT, help=f"default: {DEFAULT_PORT}")
    parser.add_argument("--key_env", metavar="VARIABLE", help="the environment variable that holds the bots' key")
    parser.set_defaults(func=lambda options: asyncio.run(_run(options)))


async def _run(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.cluster.serving_engine import serving

    config = read_config(options)
    key = read_key(options, config)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        on_signal(number, stopping.set)
    print(f"Loading {config.model.path} ...", flush=True)
    async with serving(config, options.host, options.port, key) as served:
        print(f"The engine answers at {served.url} ({'with' if key else 'without'} a key). Ctrl-C ends it.", flush=True)
        await stopping.wait()
        print("Closing: replies are finished, then states are written ...", flush=True)
    return 0


def read_key(options: argparse.Namespace, config: "Config") -> str:
    """Return the key of ``--key_env`` or of the configuration. Raises ConfigError if a public host has none."""
    from bot.errors import ConfigError
    from bot.platforms.web.guard import is_loopback

    key = config.engine.key.get_secret_value()
    if options.key_env is not None:
        key = os.environ.get(options.key_env, "")
        if not key:
            raise ConfigError("--key_env: the variable {name} is not set.", name=options.key_env)
    if not key and not is_loopback(options.host):
        message = "{host} is open to others: set a key, e.g. ROOST_ENGINE_KEY=... (or --key_env VARIABLE)."
        raise ConfigError(message, host=options.host)
    return key
