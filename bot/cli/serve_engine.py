"""`roost engine`: serves the model to bots on other machines until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options, port
from bot.cli.signals import on_signal

if TYPE_CHECKING:
    from bot.chat.engine import Engine
    from bot.config.schema import Config

DEFAULT_PORT = 8090
MOST_CONNECTIONS = 4096
MOST_PER_ADDRESS = 2048  # a bot opens a connection per reply


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("engine", help="run the model for bots on other machines ([engine] urls)")
    add_config_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", metavar="N", type=port, default=DEFAULT_PORT, help=f"default: {DEFAULT_PORT}")
    parser.add_argument("--key_env", metavar="VARIABLE", help="the environment variable that holds the bots' key")
    parser.set_defaults(func=lambda options: asyncio.run(_run(options)))


async def _run(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config

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


@dataclass(frozen=True, slots=True)
class ServingEngine:
    """An engine that answers bots at ``url``."""

    url: str
    engine: "Engine"


@asynccontextmanager
async def serving(config: "Config", host: str, number: int, key: str) -> AsyncIterator[ServingEngine]:
    """Serve the engine at ``host``:``number`` while the context is open."""
    from bot.app import engine_settings
    from bot.engine.serving.loader import build_engine
    from bot.platforms.web.server import local_url

    engine = build_engine(engine_settings(config))
    with await bind(host, number) as listener:  # before loading the model, so that a port in use is reported at once
        try:
            await engine.start()
            async with answering(config, engine, listener, host=host, key=key):
                yield ServingEngine(local_url(host, int(listener.getsockname()[1])), engine)
        finally:
            await engine.close()


async def bind(host: str, number: int) -> socket.socket:
    """Return a listening socket. Raises UserError that names the options to change."""
    from bot.errors import UserError
    from bot.platforms.web.server import open_listener

    try:
        return await open_listener(host, number)
    except UserError as error:
        reason = getattr(error.__cause__, "strerror", None) or str(error)
        message = "--host, --port: {host}:{port} cannot be used: {reason}"
        raise UserError(message, host=host, port=number, reason=reason) from None


@asynccontextmanager
async def answering(
    config: "Config", engine: "Engine", listener: socket.socket, *, host: str, key: str
) -> AsyncIterator[None]:
    """Serve requests while the context is open. At the end, running replies are finished and states are saved.

    New replies are refused meanwhile, and what is not finished after ``[engine] drain_s`` ends as "cancelled".
    """
    from bot.cli.state_disk import state_disk
    from bot.platforms.web.server import serving_at
    from bot.remote.engine_application import build_application
    from bot.remote.running_replies import RunningReplies
    from bot.remote.state_shelf import StateShelf

    async with state_disk(config, engine.info.fingerprint, engine.info.state_bytes) as disk:
        shelf = StateShelf(engine, disk, memory=config.store.state_memory_mb << 20)
        running = RunningReplies()
        app = build_application(engine, shelf, host=host, key=key, running=running)
        writing = asyncio.create_task(shelf.run())
        try:
            async with serving_at(app, listener, most=MOST_CONNECTIONS, per_address=MOST_PER_ADDRESS):
                yield
                await running.drain(config.engine.drain_s)
        finally:
            writing.cancel()
            await shelf.drain()
