"""An engine and the server through which bots use it: alone, or as a replica of a cluster."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.app import engine_settings
from bot.chat.engine import Engine
from bot.cluster.state_disk import state_disk
from bot.config.schema import Config
from bot.engine.serving.loader import build_engine
from bot.errors import UserError
from bot.platforms.web.server import local_url, open_listener, serving_at
from bot.remote.engine_application import build_application
from bot.remote.replica_states import ReplicaStates
from bot.remote.running_replies import RunningReplies

MAX_CONNECTIONS = 4096
MAX_PER_ADDRESS = 2048  # a bot opens a connection per reply


@dataclass(frozen=True, slots=True)
class ServingEngine:
    """An engine that answers bots at ``url``."""

    url: str
    engine: Engine


@asynccontextmanager
async def serving(config: Config, host: str, number: int, key: str) -> AsyncIterator[ServingEngine]:
    """Serve the engine at ``host``:``number`` while the context is open."""
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
    try:
        return await open_listener(host, number)
    except UserError as error:
        reason = getattr(error.__cause__, "strerror", None) or str(error)
        message = "--host, --port: {host}:{port} cannot be used: {reason}"
        raise UserError(message, host=host, port=number, reason=reason) from None


@asynccontextmanager
async def answering(
    config: Config, engine: Engine, listener: socket.socket, *, host: str, key: str
) -> AsyncIterator[None]:
    """Serve requests while the context is open. At the end, running replies are finished and states are saved.

    Meanwhile new replies are refused, and those not finished after ``[engine] drain_s`` end as "cancelled".
    """
    async with state_disk(config, engine.info.fingerprint, engine.info.state_bytes) as disk:
        states = ReplicaStates(engine, disk, memory=config.store.state_memory_mb << 20)
        running = RunningReplies()
        app = build_application(engine, states, host=host, key=key, running=running)
        writing = asyncio.create_task(states.run())
        try:
            async with serving_at(app, listener, most=MAX_CONNECTIONS, per_address=MAX_PER_ADDRESS):
                yield
                await running.drain(config.engine.drain_s)
        finally:
            writing.cancel()
            await states.drain()
