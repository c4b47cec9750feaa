"""States in S3-compatible storage, within a budget. A failing storage costs time and nothing else, as in ``states``."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, S3Store

from bot.errors import ConfigError
from bot.store.database_errors import MINUTE

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_THREADS = 8  # requests at once
MAX_TO_DELETE = 10_000  # names of states that could not be deleted yet
REST = MINUTE  # seconds without further loads after a failure: replies would wait for each
LIST_SECONDS = 60.0  # for which the list of states is used before it is asked for again
RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
FINGERPRINT = re.compile(r"[0-9a-f]{32}(-[0-9a-z]+)?")
STATE = re.compile(rf"{FINGERPRINT.pattern}/[0-9a-z_]+")  # other objects of the bucket are not ours to delete
TIMEOUT = "20s"  # per request; a storage slower than that saves no time
SHARE = 20  # the list is looked through whenever a 20th of the budget was written


@dataclass(frozen=True, slots=True)
class Found:
    """An object in the bucket."""

    path: str
    size: int
    written: datetime


class TooLarge(Exception):  # noqa: N818  # named for what it found
    """An object has more bytes than a state."""


class Objects(Protocol):
    """The operations used on a bucket. Every method raises OSError or ``BaseError``."""

    async def get(self, path: str, most: int) -> bytes | None:
        """Return an object of at most ``most`` bytes; None if there is none. Raises TooLarge."""

    async def put(self, path: str, data: bytes) -> None:
        """Write an object."""

    async def delete(self, paths: Sequence[str]) -> None:
        """Delete objects; those that do not exist are ignored."""

    async def found(self) -> list[Found]:
        """Return all objects."""

    async def folders(self) -> list[str]:
        """Return the folders at the top."""


class Bucket:
    """A bucket, or a folder of one, through obstore.

    Its calls run in threads of its own: obstore's coroutines end in threads that may outlive the interpreter, and a
    storage that does not answer would take all those of asyncio.
    """

    def __init__(self, store: S3Store | MemoryStore) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(MAX_THREADS, "bucket")

    async def get(self, path: str, most: int) -> bytes | None:
        return await self._run(lambda: self._get(path, most))

    def _get(self, path: str, most: int) -> bytes | None:
        try:
            result = obstore.get(self._store, path)
        except FileNotFoundError:
            return None
        if result.meta["size"] > most:
            raise TooLarge(f"{path} has {result.meta['size']} bytes, more than a state of this model")
        return bytes(result.bytes())

    async def put(self, path: str, data: bytes) -> None:
        await self._run(lambda: obstore.put(self._store, path, data))

    async def delete(self, paths: Sequence[str]) -> None:
        if paths:
            await self._run(lambda: obstore.delete(self._store, list(paths)))

    async def found(self) -> list[Found]:
        return await self._run(self._found)

    def _found(self) -> list[Found]:
        return [
            Found(each["path"], each["size"], each["last_modified"])
            for part in obstore.list(self._store) for each in part
        ]  # fmt: skip

    async def folders(self) -> list[str]:
        return await self._run(self._folders)

    def _folders(self) -> list[str]:
        return [*obstore.list_with_delimiter(self._store)["common_prefixes"]]

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def open_bucket(url: str, endpoint: str) -> Bucket:
    """Open ``s3://BUCKET/FOLDER`` with the credentials of the usual AWS_... variables. Raises ConfigError.

    ``endpoint`` is the address of a storage other than Amazon's.
    """
    name, _, folder = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not name:
        raise ConfigError('[store] state_url: expected "s3://BUCKET/FOLDER", found {url}', url=url)
    where: S3Config = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
    try:
        store = S3Store(
            name, prefix=folder.strip("/") or None, config=where, retry_config=RETRIES,
            client_options={"timeout": TIMEOUT, "connect_timeout": "5s", "allow_http": endpoint.startswith("http://")},
        )  # fmt: skip
    except (BaseError, ValueError) as error:
        raise ConfigError("[store] state_url: {reason}", reason=error) from None
    return Bucket(store)


async def fault_of(url: str, endpoint: str) -> str:
    """Return why the storage cannot be read, "" if it can. Raises ConfigError."""
    try:
        await open_bucket(url, endpoint).folders()
    except (OSError, BaseError) as error:
        return str(error).splitlines()[0]
    return ""


class ObjectStates:
    """A model's states as objects ``FINGERPRINT/NAME``. No method raises."""

    def __init__(self, objects: Objects, fingerprint: str, *, budget: int, most: int) -> None:
        """``budget``: bytes for all models' states. ``most``: bytes of the largest one."""
        self._objects = objects
        self._fingerprint = fingerprint
        self._budget = budget
        self._most = most
        self._known: set[str] = set()
        self._listed = -LIST_SECONDS  # time of the last list
        self._written = 0  # bytes since the last list
        self._complained = -MINUTE
        self._failed = -REST  # time of the last failure, unless a state was saved since
        self._to_delete: dict[str, None] = {}  # names of states, oldest first

    async def load(self, name: str) -> bytes | None:
        if self._is_resting():
            return None
        try:
            return await self._objects.get(self._path(name), self._most)
        except (OSError, BaseError, TooLarge) as error:
            self._note_failure(error)
            return None

    async def save(self, name: str, data: bytes) -> None:
        """Write a state; the oldest ones are deleted if the budget is exceeded."""
        if len(data) > min(self._budget, self._most):
            return
        async with self._attempt():
            await self._delete_forgotten()
            if self._written == 0 or self._written + len(data) > self._budget // SHARE:
                await self._make_room(len(data))
            await self._objects.put(self._path(name), data)
            self._written += len(data)
            self._known.add(name)
            self._failed = -REST

    async def known(self, names: Sequence[str]) -> set[str]:
        if time.monotonic() - self._listed >= LIST_SECONDS and not self._is_resting():
            async with self._attempt():
                await self._list()
        return self._known & set(names)

    async def forget(self, names: Sequence[str]) -> bool:
        """Delete all models' states of these names. Returns whether that succeeded.

        If it did not, they are deleted before the next state is saved; whoever asked should ask again, as this process
        may end before.
        """
        self._to_delete.update(dict.fromkeys(names))
        while len(self._to_delete) > MAX_TO_DELETE:
            del self._to_delete[next(iter(self._to_delete))]
        self._known.difference_update(names)
        if not self._is_resting():
            async with self._attempt():
                await self._delete_forgotten()
        return not self._to_delete

    async def _delete_forgotten(self) -> None:
        if names := list(self._to_delete):
            for folder in filter(FINGERPRINT.fullmatch, await self._objects.folders()):
                await self._objects.delete([f"{folder}/{name}" for name in names])
            for name in names:
                self._to_delete.pop(name, None)

    async def _make_room(self, nbytes: int) -> None:
        found = sorted(await self._list(), key=lambda each: each.written)
        excess = sum(each.size for each in found) + nbytes + self._budget // SHARE - self._budget
        going: list[str] = []
        for each in found:
            if excess <= 0:
                break
            going.append(each.path)
            excess -= each.size
        await self._objects.delete(going)
        self._known.difference_update(path.rpartition("/")[2] for path in going)

    async def _list(self) -> list[Found]:
        found = [each for each in await self._objects.found() if STATE.fullmatch(each.path)]
        own = f"{self._fingerprint}/"
        self._known = {each.path.removeprefix(own) for each in found if each.path.startswith(own)}
        self._listed, self._written = time.monotonic(), 0
        return found

    def _path(self, name: str) -> str:
        return f"{self._fingerprint}/{name}"

    @asynccontextmanager
    async def _attempt(self) -> AsyncIterator[None]:
        """Log an exception raised within, at most once a minute."""
        try:
            yield
        except (OSError, BaseError) as error:
            self._note_failure(error)

    def _is_resting(self) -> bool:
        return time.monotonic() - self._failed < REST

    def _note_failure(self, error: Exception) -> None:
        if not isinstance(error, TooLarge):
            self._failed = time.monotonic()
        if time.monotonic() - self._complained >= MINUTE:
            self._complained = time.monotonic()
            log.warning("the kept states are not used: %s", str(error).splitlines()[0])
