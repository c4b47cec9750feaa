"""What the other packages need from the model's engine."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from bot.engine.types import Chunk, Coder, EngineInfo, EngineStatus, Request, StateHandle

Rebuild = Callable[[], Awaitable[StateHandle]]  # recreates a state that no longer exists


class Engine(Protocol):
    """What a conversation needs from the engine. Implemented by ``bot.engine.serving.worker.EngineWorker``."""

    @property
    def info(self) -> EngineInfo:
        """The running model. Raises ModelError before ``start``."""

    @property
    def coder(self) -> Coder:
        """The model's tokenizer, local and thread-safe. Raises ModelError before ``start``."""

    def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request``. Closing the iterator cancels it. Raises Busy if the queue is full."""

    async def cancel(self, channel: str) -> int:
        """End the running replies of ``channel`` with finish_reason "cancelled"; return how many there were."""

    async def export_state(self, state: StateHandle) -> bytes:
        """Serialise ``state``, with its fingerprint and checksum."""

    async def import_state(self, data: bytes) -> StateHandle:
        """Load the result of ``export_state``. Raises ModelError if it is corrupt or from another model."""

    async def tuned_state(self, path: Path) -> StateHandle:
        """Load the initial state from a state-tuning file. Raises ModelError if it does not fit this model."""

    def status(self) -> EngineStatus:
        """Return a snapshot of the engine's status."""

    async def start(self) -> None:
        """Load the model in the engine's thread. Raises any error from loading."""

    async def close(self) -> None:
        """End the running replies as "cancelled" and join the thread. Idempotent."""


@runtime_checkable
class StateKeeper(Protocol):
    """An engine that stores states by name itself, so that they are not transferred.

    Implemented by ``bot.remote.remote_engine``.
    """

    def named(self, name: str, channel: str, rebuild: Rebuild) -> StateHandle:
        """Return the state ``name`` from where ``channel`` is served; ``rebuild`` recreates it if it is missing."""

    async def keep(self, name: str, state: StateHandle) -> None:
        """Store ``state`` under ``name``. Never raises: a lost state only costs time."""

    async def known(self, names: Sequence[str], channel: str) -> set[str]:
        """Return which of the states are stored where ``channel`` is served."""

    async def forget(self, names: Sequence[str]) -> bool:
        """Delete these states wherever they are. Returns whether they are gone everywhere."""


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """What is known about one of several engines."""

    url: str
    condition: Literal["unknown", "up", "down", "refused"]
    reason: str  # why it is not up
    status: EngineStatus | None


@runtime_checkable
class Replicated(Protocol):
    """An engine that consists of several."""

    @property
    def replicas(self) -> Sequence[ReplicaView]:
        """Return what is known about each engine."""
