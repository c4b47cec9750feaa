"""States that programs have uploaded: the beginnings of their chats, in memory only, each key's apart."""

import asyncio
import secrets
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from bot.chat.engine import Engine
from bot.engine.types import StateHandle
from bot.errors import InvalidOption, ModelError, NotFound

MOST = 8  # of one key; the one that was used least recently goes first
PTH = b"PK"
SAFETENSORS = b"\0\0\0\0{"  # behind four bytes of a length that has eight


@dataclass(frozen=True, slots=True)
class UploadedState:
    """One of them."""

    id: str
    owner: str
    fingerprint: str  # of the model that it belongs to
    state: StateHandle


class UploadedStates:
    """Takes states in and finds them again."""

    def __init__(self, engine: Engine, memory: int) -> None:
        self._engine = engine
        self._memory = memory  # bytes of all states
        self._held: OrderedDict[str, UploadedState] = OrderedDict()  # the least recently used first

    def of(self, owner: str) -> list[UploadedState]:
        """All of a key's."""
        return [each for each in self._held.values() if each.owner == owner]

    async def add(self, owner: str, data: bytes) -> UploadedState:
        """Keep a state that this model has exported, or a file of a tuned state. Raises InvalidOption."""
        fingerprint = self._engine.info.fingerprint  # another model may run when it has been read
        suffix = _suffix(data)
        state = await self._tuned(data, suffix) if suffix else await self._exported(data)
        if state.nbytes > self._memory:
            raise InvalidOption("The state is larger than the memory for states ([store] state_memory_mb).")
        made = UploadedState(f"state_{secrets.token_hex(12)}", owner, fingerprint, state)
        self._held[made.id] = made
        while len(self.of(owner)) > MOST:
            del self._held[self.of(owner)[0].id]
        while sum(each.state.nbytes for each in self._held.values()) > self._memory:
            self._held.popitem(last=False)
        return made

    def get(self, owner: str, name: str) -> UploadedState:
        """The state ``name`` of a key. Raises NotFound, InvalidOption where another model runs now."""
        found = self._find(owner, name)
        if found.fingerprint != self._engine.info.fingerprint:
            raise InvalidOption('The state "{name}" belongs to another model than the one that runs now.', name=name)
        self._held.move_to_end(name)
        return found

    def drop(self, owner: str, name: str) -> None:
        """Forget a state. Raises NotFound."""
        del self._held[self._find(owner, name).id]

    async def export(self, owner: str, name: str) -> bytes:
        """The state as ``add`` takes it. Raises what ``get`` raises."""
        return await self._engine.export_state(self.get(owner, name).state)

    def _find(self, owner: str, name: str) -> UploadedState:
        found = self._held.get(name)
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
    """What kind of file it is; "" for none of a tuned state."""
    if data.startswith(PTH):
        return ".pth"
    return ".safetensors" if data[4:9] == SAFETENSORS else ""
