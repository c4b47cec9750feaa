"""States of turns: at hand in memory, else from the store, else rebuilt by reading the turn's tokens again.

Kept for each turn is the state BEFORE the last token of its path; whoever resumes feeds that token first.
"""

import hashlib
import logging
from asyncio import Lock
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

from bot.chat.engine import Engine
from bot.engine.types import Request, SamplingParams, StateHandle
from bot.errors import ModelError, UserError
from bot.store.node import Node
from bot.store.store import Store

log = logging.getLogger(__name__)

READ_ONLY = SamplingParams(max_tokens=0)
Resume = tuple[StateHandle | None, tuple[int, ...]]  # a state, and the token to feed before anything new


class ReadingStopped(UserError):  # noqa: N818  # not a defect: somebody asked for it
    """The reading of given tokens was cancelled before its end."""


class States:
    """Finds the state to resume a turn from. Tokens are the truth: any state may be lost, and costs only time."""

    def __init__(self, engine: Engine, store: Store, memory: int) -> None:
        self._engine = engine
        self._store = store
        self._memory = memory  # bytes
        self._held: OrderedDict[int | str, StateHandle] = OrderedDict()  # by node id or prompt key, oldest use first
        self._held_bytes = 0
        self._fingerprint = ""  # of the model that made what is held
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()  # a prompt is read by one, the others wait

    @property
    def held_bytes(self) -> int:
        """Bytes of states at hand."""
        return self._held_bytes

    async def resume(self, node: Node | None, channel: str = "") -> Resume:
        """What to start the next request with, so that it goes on after ``node``; None: after nothing at all."""
        if node is None:
            return None, ()
        if node.tokens:
            return await self._find(node, channel), node.tokens[-1:]
        return await self.resume(await self._store.node(node.parent) if node.parent else None, channel)

    def hold(self, key: int | str, state: StateHandle) -> None:
        """Keep a state at hand, as long as the memory lasts."""
        self._follow_model()
        if (old := self._held.pop(key, None)) is not None:
            self._held_bytes -= old.nbytes
        self._held[key] = state
        self._held_bytes += state.nbytes
        while self._held_bytes > self._memory and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            self._held_bytes -= dropped.nbytes

    def _follow_model(self) -> None:
        """Let go of all states at hand when another model runs now."""
        fingerprint = self._engine.info.fingerprint
        if fingerprint != self._fingerprint:
            self._held.clear()
            self._held_bytes = 0
            self._fingerprint = fingerprint

    async def export(self, state: StateHandle | None) -> bytes | None:
        """Bytes for the store. None, and a line in the log, when that fails: the turn is worth more than its state."""
        if state is None:
            return None
        try:
            return await self._engine.export_state(state)
        except Exception:
            log.exception("a state could not be exported; it will be rebuilt when it is needed")
            return None

    async def read(self, tokens: Sequence[int], state: StateHandle | None, channel: str = "") -> StateHandle | None:
        """The state before the last of ``tokens``, read after ``state``. Raises what the engine raises."""
        request = Request(tokens=tuple(tokens), state=state, sampling=READ_ONLY, channel=channel)
        found: StateHandle | None = None
        async for chunk in self._engine.stream(request):
            found = chunk.state or found
            if chunk.finish_reason in ("cancelled", "timeout"):
                raise ReadingStopped("Stopped. Nothing was changed.")
        return found

    # --- one after the other, the cheapest first ----------------------------------------------------------------

    async def _find(self, node: Node, channel: str) -> StateHandle | None:
        if node.kind == "root" and node.parent is None:
            return await self._prompt(node.tokens, channel)
        if (held := self._at_hand(node.id)) is not None:
            return held
        if (stored := await self._stored(node.id)) is not None:
            return stored
        return await self._replay(node, channel)

    def _at_hand(self, key: int | str) -> StateHandle | None:
        self._follow_model()
        state = self._held.get(key)
        if state is not None:
            self._held.move_to_end(key)
        return state

    async def _stored(self, node: int) -> StateHandle | None:
        data = await self._store.states.load(node, self._engine.info.fingerprint)
        if data is None:
            return None
        state = await self._import(data, f"turn {node}")
        if state is None:
            await self._store.states.drop(node)
            return None
        await self._store.states.touch([node])
        self.hold(node, state)
        return state

    async def _import(self, data: bytes, whose: str) -> StateHandle | None:
        try:
            return await self._engine.import_state(data)
        except ModelError as error:
            log.warning("the kept state of %s is not used, it is rebuilt: %s", whose, error)
            return None

    async def _replay(self, node: Node, channel: str) -> StateHandle | None:
        """Read the path's tokens again, from the nearest turn above that has a state."""
        path = await self._store.path(node.id)
        kept = await self._store.states.kept([turn.id for turn in path], self._engine.info.fingerprint)
        start = 0
        state: StateHandle | None = None
        first: tuple[int, ...] = ()
        for index in range(len(path) - 2, -1, -1):
            above = path[index]
            if above.tokens and (above.kind == "root" or above.id in self._held or above.id in kept):
                (state, first), start = await self.resume(above, channel), index + 1
                break
        tokens = [*first, *(token for turn in path[start:] for token in turn.tokens)]
        log.info("the state of turn %d is rebuilt by reading %d tokens again", node.id, len(tokens))
        rebuilt = await self.read(tokens, state, channel)
        if rebuilt is not None:
            self.hold(node.id, rebuilt)
            if (data := await self.export(rebuilt)) is not None:
                await self._store.states.save(node.id, self._engine.info.fingerprint, data)
        return rebuilt

    async def _prompt(self, tokens: tuple[int, ...], channel: str) -> StateHandle | None:
        """The state of a prompt's start: read once for all channels, kept across restarts."""
        key = prompt_key(self._engine.info.fingerprint, tokens)
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = Lock()
        async with lock:
            if (held := self._at_hand(key)) is not None:
                return held
            data = await self._store.states.load_prompt(key)
            state = None if data is None else await self._import(data, "a prompt")
            if state is None:
                state = await self.read(tokens, None, channel)
                if (data := await self.export(state)) is not None:
                    await self._store.states.save_prompt(key, data)
            if state is not None:
                self.hold(key, state)
            return state


def prompt_key(fingerprint: str, tokens: Sequence[int]) -> str:
    """The name of a prompt's state: what model, what tokens."""
    return hashlib.sha256(f"{fingerprint}\n{','.join(map(str, tokens))}".encode()).hexdigest()
