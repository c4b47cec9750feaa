"""States uploaded by API clients to start chats from. They live in memory only and belong to one key each."""

import asyncio
import secrets
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from bot.chat.engine import Engine
from bot.engine.types import StateHandle
from bot.errors import InvalidOption, ModelError, NotFound

MAX_STATES = 8  # per key; the least recently used is evicted first
PTH = b"PK"
SAFETENSORS = b"\0\0\0\0{"  # follows the first four of the eight bytes of the header's length


@dataclass(frozen=True, slots=True)
class UploadedState:
    """An uploaded state."""

    id: str
    owner: str
    fingerprint: str  # of the model that it belongs to
    state: StateHandle


class UploadedStates:
    """Accepts uploaded states and finds them by id."""

    def __init__(self, engine: Engine, memory: int) -> None:
        self._engine = engine
        self._memory = memory  # bytes of all states
        self._states: OrderedDict[str, UploadedState] = OrderedDict()  # least recently used first

    def of(self, owner: str) -> list[UploadedState]:
        """Return all states of a key."""
        return [each for each in self._states.values() if each.owner == owner]

    async def add(self, owner: str, data: bytes) -> UploadedState:
        """Add a state exported by this model, or a state-tuning file. Raises InvalidOption."""
        fingerprint = self._engine.info.fingerprint  # the model may change while the state is read
        suffix = _suffix(data)
        state = await self._tuned(data, suffix) if suffix else await self._exported(data)
        if state.nbytes > self._memory:
            raise InvalidOption("The state is larger than the memory for states ([store] state_memory_mb).")
        made = UploadedState(f"state_{secrets.token_hex(12)}", owner, fingerprint, state)
        self._states[made.id] = made
        while len(self.of(owner)) > MAX_STATES:
            del self._states[self.of(owner)[0].id]
        while sum(each.state.nbytes for each in self._states.values()) > self._memory:
            self._states.popitem(last=False)
        return made

    def get(self, owner: str, name: str) -> UploadedState:
        """Return a key's state. Raises NotFound, or InvalidOption if another model is running now."""
        found = self._find(owner, name)
        if found.fingerprint != self._engine.info.fingerprint:
            raise InvalidOption('The state "{name}" belongs to another model than the one that runs now.', name=name)
        self._states.move_to_end(name)
        return found

    def drop(self, owner: str, name: str) -> None:
        """Delete a state. Raises NotFound."""
        del self._states[self._find(owner, name).id]

    async def export(self, owner: str, name: str) -> bytes:
        """Return the state in the form that ``add`` accepts. Raises what ``get`` raises."""
        return await self._engine.export_state(self.get(owner, name).state)

    def _find(self, owner: str, name: str) -> UploadedState:
        found = self._states.get(name)
        if found is None or found.owner != owner:
            raise NotFound('There is no state "{name}". It may have had to go: upload it again.', name=name[:64])
        return found

    async def _exported(self, data: bytes) -> StateHandle:
        try:
            return await self._engine.import_state(data)
        except ModelError as error:
            raise InvalidOption("This is no state of the running model: {reason}", reason=str(error)[:300]) from None

    async def _tuned(self, data: bytes, suffix: str) -> StateHandle:
        with tempfile.TemporaryDirectory(prefix="roost-state-") as folder:
            path = Path(folder) / f"state{suffix}"
            await asyncio.to_thread(path.write_bytes, data)
            try:
                return await self._engine.tuned_state(path)
            except ModelError as error:
                message = "This is no tuned state of the running model: {reason}"
                raise InvalidOption(message, reason=str(error).replace(folder, "")[:300]) from None


def _suffix(data: bytes) -> str:
    """Return the suffix for this kind of file; "" if it is not a tuned state."""
    if data.startswith(PTH):
        return ".pth"
    return ".safetensors" if data[4:9] == SAFETENSORS else ""
