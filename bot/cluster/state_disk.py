"""Where a replica's states survive restarts: a database, and S3-compatible storage for large ones."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.config.schema import Config, StoreSection
from bot.errors import ConfigError
from bot.remote.replica_states import StateDisk
from bot.remote.state_layers import HalvedStates, SplitStates
from bot.store.connection import database_url, sqlite_path
from bot.store.migrating import opened
from bot.store.state_budget import Budget, SerializedState
from bot.store.state_file import StateFile
from bot.store.states import StateTable

HALF_MARK = "-fp16"  # suffix of the fingerprint for states stored as fp16


class StoredStates:
    """A model's states in a database table: in the bots' database if that is a server, else in a local file."""

    def __init__(self, table: "StateTable", fingerprint: str, nbytes: int) -> None:
        self._table = table
        self._fingerprint = fingerprint
        self._nbytes = nbytes

    async def load(self, name: str) -> bytes | None:
        return await self._table.load(self._fingerprint, name)

    async def save(self, name: str, data: bytes) -> None:
        """Save a state within ``[store] state_budget_mb``, evicting the least recently used."""

        async def nothing(_: Sequence[str]) -> set[str]:
            return set()

        budget = Budget(nbytes=self._nbytes, running=self._fingerprint, protect=nothing)
        await self._table.save([SerializedState(fingerprint=self._fingerprint, digest=name, data=data)], budget)

    async def known(self, names: Sequence[str]) -> set[str]:
        return await self._table.kept(self._fingerprint, names)

    async def forget(self, names: Sequence[str]) -> bool:
        return await self._table.forget(names)


@asynccontextmanager
async def state_disk(config: Config, fingerprint: str, state_bytes: int) -> AsyncIterator[StateDisk]:
    """Open the storage of a model whose states have ``state_bytes``. Raises ConfigError or StoreError."""
    half = config.store.state_copies == "fp16"
    kept_as = fingerprint + HALF_MARK if half else fingerprint
    async with _table(config, kept_as) as table:
        disk: StateDisk = table
        if config.store.state_url:
            large = open_objects(config.store, kept_as, state_bytes)
            disk = SplitStates(table, large, config.store.state_url_above_kb << 10)
        yield HalvedStates(disk, state_bytes) if half else disk


def open_objects(section: StoreSection, fingerprint: str, state_bytes: int) -> StateDisk:
    """Open ``[store] state_url``. Raises ConfigError."""
    try:
        from bot.store.object_states import ObjectStates, open_bucket
    except ModuleNotFoundError as error:
        message = "[store] state_url: {package} is not installed: pip install 'roost[s3]'"
        raise ConfigError(message, package=error.name) from None
    bucket = open_bucket(section.state_url, section.state_endpoint)
    return ObjectStates(bucket, fingerprint, budget=section.state_budget_mb << 20, most=2 * state_bytes + (1 << 20))


@asynccontextmanager
async def _table(config: Config, fingerprint: str) -> AsyncIterator[StoredStates]:
    """Open the ``[store] url`` database, else a local file."""
    url = database_url(config.store.url.get_secret_value(), config.data)
    budget = config.store.state_budget_mb << 20
    if (path := sqlite_path(url)) is None:
        async with opened(url, upgrade=False) as engine:
            yield StoredStates(StateTable(engine), fingerprint, budget)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    file = StateFile(url.set(database=str(path.with_name("engine.db"))))  # engine-states.db
    async with file.opened():
        yield StoredStates(StateTable(file.engine, file), fingerprint, budget)
