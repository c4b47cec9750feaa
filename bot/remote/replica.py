"""One `roost engine` as seen by a bot: HTTP requests, and the event stream of a reply."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.engine.types import EngineInfo, EngineStatus
from bot.remote.reply_events import ChunkPayload, EventPayload, ReplicaLost, StatePayload, read_event
from bot.remote.request_body import MAX_NAMES, MODEL_HEADER

CONNECT_SECONDS = 5.0
ASK_SECONDS = 10.0  # for an answer that costs the replica nothing
STATE_SECONDS = 120.0  # for a request that transfers a state
SILENT_SECONDS = 45.0  # a reply's stream sends a comment at least every 15 seconds
MAX_EVENT_BYTES = 64 << 20  # bytes
MAX_TO_FORGET = 100_000  # names of states that an unreachable replica still has to drop
A = TypeVar("A", bound=BaseModel)
Condition = Literal["unknown", "up", "down", "refused"]


class ReplicaResponse(BaseModel):
    """The base of a replica's answers."""

    model_config = ConfigDict(frozen=True)


class InfoResponse(ReplicaResponse):
    """The model that a replica runs."""

    info: EngineInfo
    coder: str
    protocol: str


class StatusResponse(ReplicaResponse):
    """The load of a replica."""

    status: EngineStatus
    fingerprint: str


class KnownResponse(ReplicaResponse):
    """The states that a replica has."""

    known: frozenset[str]


class CancelResponse(ReplicaResponse):
    """The number of replies ended."""

    ended: int


class DoneResponse(ReplicaResponse):
    """Whether the request succeeded."""

    done: bool


@dataclass(slots=True)
class Replica:
    """The address of a replica, and what is known about it."""

    url: str
    key: str
    session: aiohttp.ClientSession
    condition: Condition = "unknown"
    reason: str = ""  # why it is not up
    model: str = ""  # fingerprint of the model that it must run; "": not known yet
    status: EngineStatus | None = None  # the last one received
    _to_forget: dict[str, None] = field(default_factory=dict)

    async def fetch_info(self) -> InfoResponse:
        """Ask which model it runs. Raises ``ReplicaLost``, or ``NotAllowed`` if the key is wrong."""
        return await self._ask(InfoResponse, "GET", "/engine")

    async def ask_status(self) -> StatusResponse:
        """Ask for its load. Raises ``ReplicaLost``."""
        return await self._ask(StatusResponse, "GET", "/engine/status")

    async def cancel(self, channel: str) -> int:
        """End the replies of ``channel`` there; return how many there were. Raises ``ReplicaLost``."""
        return (await self._ask(CancelResponse, "POST", "/engine/cancel", {"channel": channel})).ended

    async def known(self, names: Sequence[str]) -> set[str]:
        """Return which of the states it has. Raises ``ReplicaLost``."""
        found: set[str] = set()
        for start in range(0, len(names), MAX_NAMES):
            part = {"names": list(names[start : start + MAX_NAMES])}
            found |= (await self._ask(KnownResponse, "POST", "/engine/states/known", part)).known
        return found

    async def rename(self, old: str, new: str) -> bool:
        """Give a state a permanent name; False if the state is gone. Raises ``ReplicaLost``."""
        return (await self._ask(DoneResponse, "POST", "/engine/states/rename", {"state": old, "name": new})).done

    def forget(self, names: Sequence[str]) -> None:
        """Record states that it has to drop, for ``forget_waiting`` to send."""
        self._to_forget.update(dict.fromkeys(names))
        while len(self._to_forget) > MAX_TO_FORGET:
            del self._to_forget[next(iter(self._to_forget))]

    async def forget_waiting(self) -> None:
        """Make it drop the recorded states. Raises ``ReplicaLost``, and then they stay recorded."""
        while names := list(self._to_forget)[:MAX_NAMES]:
            if not (await self._ask(DoneResponse, "POST", "/engine/states/forget", {"names": names})).done:
                raise ReplicaLost("its storage does not delete states at the moment")
            for name in names:
                self._to_forget.pop(name, None)

    async def send(self, data: bytes, tuned: str = "") -> StatePayload:
        """Send a state. Raises ``ReplicaLost``, or ``ModelError`` if it does not fit the model."""
        path = f"/engine/states?tuned={tuned}" if tuned else "/engine/states"
        async with self._asked("POST", path, data, STATE_SECONDS) as response:
            return _parsed(StatePayload, await response.read())

    async def fetch(self, name: str) -> bytes:
        """Return a state's bytes. Raises ``ReplicaLost`` or ``StateMissing``."""
        async with self._asked("GET", f"/engine/states/{name}", b"", STATE_SECONDS) as response:
            return await response.read()

    async def stream(self, request: bytes) -> AsyncGenerator[ChunkPayload]:
        """Yield a reply's pieces; closing it cancels the reply. Raises engine errors, ReplicaLost or StateMissing."""
        async with self._asked("POST", "/engine/requests", request, None) as response:
            async for event in _events(response.content.iter_any()):
                yield read_event(event)

    async def _ask(self, kind: type[A], method: str, path: str, body: Mapping[str, object] | None = None) -> A:
        data = b"" if body is None else json.dumps(body).encode()
        async with self._asked(method, path, data, ASK_SECONDS) as response:
            return _parsed(kind, await response.read())

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, data: bytes, seconds: float | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers["Content-Type"] = "application/json"
        if self.model:
            headers[MODEL_HEADER] = self.model
        try:
            async with self.session.request(
                method, self.url + path, data=data or None, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise _refusal(response.status, await response.content.read(MAX_EVENT_BYTES))
                yield response
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ReplicaLost(str(error) or type(error).__name__) from error


async def _events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the data of each Server-Sent Event. Raises ``ReplicaLost`` if one is too long."""
    rest = b""
    async for piece in pieces:
        *events, rest = (rest + piece).split(b"\n\n")
        for event in events:
            if event.startswith(b"data: "):
                yield event.removeprefix(b"data: ")
        if len(rest) > MAX_EVENT_BYTES:
            raise ReplicaLost("it sent an event without an end")


def _refusal(status: int, data: bytes) -> Exception:
    """Return the exception for an answer with a status other than 200."""
    try:
        form = EventPayload.model_validate_json(data)
    except ValidationError:
        return ReplicaLost(f"it answered {status}: no `roost engine` is there")
    return form.error.error() if form.error is not None else ReplicaLost(f"it answered {status}")


def _parsed(kind: type[A], data: bytes) -> A:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise ReplicaLost(f"its answer was not understood: {error.errors()[0]['msg']}") from error
