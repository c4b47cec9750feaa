"""What the other packages ask of the model's engine."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from bot.engine.types import Chunk, Coder, EngineInfo, EngineStatus, Request, StateHandle

Rebuild = Callable[[], Awaitable[StateHandle]]  # makes a state again that is no more


class Engine(Protocol):
    """What a conversation asks of the model's engine. ``bot.engine.serving.worker.EngineWorker`` fulfils it."""

    @property
    def info(self) -> EngineInfo:
        """The model that is running; raises ModelError before ``start``."""

    @property
    def coder(self) -> Coder:
        """The model's tokenizer, local and safe from any thread; raises ModelError before ``start``."""

    def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request``. Raises Busy when the queue is full; closing the iterator cancels."""

    async def cancel(self, channel: str) -> int:
        """End the running replies of ``channel`` with finish_reason "cancelled"; return how many there were."""

    async def export_state(self, state: StateHandle) -> bytes:
        """Serialise ``state``, fingerprint and checksum inside."""

    async def import_state(self, data: bytes) -> StateHandle:
        """Load what ``export_state`` made. Raises ModelError when it is foreign or corrupt."""

    async def tuned_state(self, path: Path) -> StateHandle:
        """The initial state of a state-tuning file. Raises ModelError when it is not one of this model."""

    def status(self) -> EngineStatus:
        """A momentary view."""

    async def start(self) -> None:
        """Load the model in the engine's thread. Raises what loading raised."""

    async def close(self) -> None:
        """End the running replies as "cancelled" and join the thread. Idempotent."""


@runtime_checkable
class StateKeeper(Protocol):
    """An engine that keeps states by name itself: they do not travel. ``bot.remote.remote_engine`` fulfils it."""

    def named(self, name: str, channel: str, rebuild: Rebuild) -> StateHandle:
        """The state ``name``, wherever ``channel`` is answered; ``rebuild`` makes it where it is not there."""

    async def keep(self, name: str, state: StateHandle) -> None:
        """Keep ``state`` under ``name``. Never raises: a state that is lost costs time only."""

    async def known(self, names: Sequence[str], channel: str) -> set[str]:
        """Which of the states are kept where ``channel`` is answered."""

    async def forget(self, names: Sequence[str]) -> None:
        """Drop these states wherever they are."""


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """What is known of one of several engines."""

    url: str
    condition: Literal["unknown", "up", "down", "refused"]
    reason: str  # why it is not up
    status: EngineStatus | None


@runtime_checkable
class Replicated(Protocol):
    """An engine that is several."""

    @property
    def replicas(self) -> Sequence[ReplicaView]:
        """What is known of each."""
