"""Engines on real local ports, for bots that reach them over HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bot.engine.types import EngineInfo
from bot.platforms.web.connections import Connections
from bot.platforms.web.server import EmbeddedServer, local_url, open_listener
from bot.remote.engine_application import build_application
from bot.remote.remote_engine import RemoteEngine
from bot.remote.replica_states import ReplicaStates, StateDisk
from bot.remote.replicas import Replicas
from bot.remote.running_replies import RunningReplies
from tests.fakes import FakeEngine, FakeTokens

KEY = "k" * 32
MEGABYTE = 1 << 20


class Disk:
    """States in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.broken = False

    async def load(self, name: str) -> bytes | None:
        return self.kept.get(name)

    async def save(self, name: str, data: bytes) -> None:
        self.kept[name] = data

    async def known(self, names: Sequence[str]) -> set[str]:
        return {name for name in names if name in self.kept}

    async def forget(self, names: Sequence[str]) -> bool:
        if self.broken:
            return False
        for name in names:
            self.kept.pop(name, None)
        return True


@dataclass
class Served:
    """An engine and its address."""

    engine: FakeEngine
    states: ReplicaStates
    url: str
    server: EmbeddedServer
    running: RunningReplies
    stack: AsyncExitStack = field(repr=False)

    async def stop(self) -> None:
        """Stop like a killed process: connections break, and nothing answers any more."""
        self.engine.held = False
        self.server.force_exit = True
        await self.stack.aclose()


async def serve(engine: FakeEngine, *, key: str = KEY, disk: StateDisk | None = None, memory: int = MEGABYTE) -> Served:
    """Serve ``engine`` on a free port."""
    stack = AsyncExitStack()
    await engine.start()
    states = ReplicaStates(engine, disk, memory=memory)
    running = RunningReplies()
    app = build_application(engine, states, host="127.0.0.1", key=key, running=running)
    server = EmbeddedServer(app, Connections(500, 500))
    listener = await open_listener("127.0.0.1", 0)
    stack.callback(listener.close)
    await server.start(listener)
    stack.push_async_callback(server.stop)
    url = local_url("127.0.0.1", listener.getsockname()[1]).rstrip("/")
    return Served(engine, states, url, server, running, stack)


@asynccontextmanager
async def serving(*engines: FakeEngine, key: str = KEY, disk: StateDisk | None = None) -> AsyncIterator[list[Served]]:
    """All of them, while the context is open."""
    served = [await serve(engine, key=key, disk=disk) for engine in engines]
    try:
        yield served
    finally:
        for each in served:
            await each.stop()


def make_coder(_: EngineInfo) -> FakeTokens:
    return FakeTokens()


def engine_of(*urls: str, key: str = KEY, patience: float = 0.0) -> RemoteEngine:
    return RemoteEngine(Replicas(urls, key, make_coder, patience=patience))


@asynccontextmanager
async def connected(*served: Served) -> AsyncIterator[RemoteEngine]:
    """A bot's engine that uses them."""
    engine = engine_of(*(each.url for each in served))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()
