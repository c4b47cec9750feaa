"""A cache of states: in memory, then on disk, else rebuilt by reading the path's tokens again.

A state is named by the model's fingerprint and the digest of its path. This covers turns, prompts' starts and forks,
and is shared by all channels that have read the same tokens. The stored state is the one BEFORE the path's last token;
resuming feeds that token first.
"""

import asyncio
import functools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from bot.chat.engine import Engine, StateKeeper
from bot.chat.unsaved_states import UnsavedStates
from bot.engine.types import EngineError, Request, SamplingParams, StateHandle
from bot.errors import ModelError, UserError
from bot.i18n import N_
from bot.metrics import Metrics
from bot.store.digest import NOTHING, digest_after
from bot.store.node import Node
from bot.store.nodes import digests_along
from bot.store.state_budget import Budget, Name, SerializedState, StateKind
from bot.store.store import Store
from bot.tasks import Tasks

log = logging.getLogger(__name__)

STOPPED = N_("Stopped. Nothing was changed.")
READ_ONLY = SamplingParams(max_tokens=0)
GATHERING = 0.1  # seconds that states wait for others, to be written together
MAX_UNSAVED_BYTES = 128 << 20  # bytes waiting to be written; beyond that, ``save`` waits
Pieces = Sequence[tuple[int, ...]]  # tokens of a path, none of the pieces empty
Initial = Callable[[str], Awaitable[StateHandle]]  # returns the tuned state of that name; raises UserError
Resume = tuple[StateHandle | None, tuple[int, ...]]  # a state, and the token to feed before anything new
Read = Callable[[], Awaitable[StateHandle | None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader on whose behalf tokens are read."""

    channel: str = ""  # its key
    stopped: Callable[[], bool] = lambda: False  # whether the reader has been cancelled


NOBODY = Reader()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBudget:
    """Limits on stored states."""

    memory: int  # bytes
    disk: int  # bytes
    keep_turns: int  # this many turns up to each HEAD are evicted last


class ReadingStopped(UserError):  # noqa: N818  # not a bug: it was requested
    """Reading given tokens was cancelled before the end."""


class StateCache:
    """Finds the state to resume a turn from. Tokens are authoritative: any state may be lost, at the cost of time."""

    def __init__(self, engine: Engine, store: Store, initial: Initial, budget: StateBudget, metrics: Metrics) -> None:
        self._engine = engine
        # if set, states are neither held nor stored here
        self._keeper = engine if isinstance(engine, StateKeeper) else None
        self._initial = initial
        self._store = store
        self._limits = budget
        self._metrics = metrics
        self._cached: OrderedDict[str, StateHandle] = OrderedDict()  # for the running model, least recently used first
        self._cached_bytes = 0
        self._fingerprint = ""  # of the model that made the held states
        # per digest: one task reads, others wait
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._unsaved = UnsavedStates()
        self._used: set[Name] = set()  # since the last write
        self._tasks = Tasks("the kept states")
        self._saving: asyncio.Task[None] | None = None
        self._hurried = False  # whether somebody waits for the current write
        self._pause: asyncio.Task[None] | None = None  # before it begins

    @property
    def cached_bytes(self) -> int:
        """Total size of the states in memory, in bytes."""
        return self._cached_bytes

    async def resume(self, node: Node | None, reader: Reader = NOBODY) -> Resume:
        """Return the state and token that continue after ``node``; None starts from scratch."""
        if node is None:
            return None, ()
        if node.tokens:
            digest = await self._store.nodes.digest(node)
            return await self._find(digest, lambda: self._replay(node, digest, reader), reader), node.tokens[-1:]
        if node.parent is None:
            return await self._begin(node), ()
        return await self.resume(await self._store.nodes.get(node.parent) if node.parent else None, reader)

    async def has(self, node: Node, reader: Reader = NOBODY) -> bool:
        """Return whether ``node`` can be resumed without reading its path again."""
        if not node.tokens:
            above = await self._store.nodes.get(node.parent) if node.parent else None
            return above is None or await self.has(above, reader)
        name = await self._store.nodes.digest(node)
        return name in await self._kept([name], reader)

    async def _begin(self, root: Node) -> StateHandle | None:
        """Return the initial state of a tree; None is the model's default."""
        return await self._initial(root.initial) if root.initial else None

    async def follow(self, pieces: Pieces, reader: Reader = NOBODY) -> Resume:
        """Return the state and token that continue after ``pieces``, which need not be turns.

        Reads only what is new.
        """
        return await self._after(pieces, await asyncio.to_thread(chained, pieces), reader)

    async def _after(self, pieces: Pieces, names: Sequence[str], reader: Reader) -> Resume:
        if not pieces:
            return None, ()
        state = await self._find(names[-1], lambda: self._read_pieces(pieces, names, reader), reader)
        return state, pieces[-1][-1:]

    async def _read_pieces(self, pieces: Pieces, names: Sequence[str], reader: Reader) -> StateHandle | None:
        """Read from the last piece that has a state. The first piece is stored separately: others may share it."""
        kept = await self._kept(names, reader)
        start = next((place for place in range(len(names) - 1, 0, -1) if names[place - 1] in kept or place == 1), 0)
        state, first = await self._after(pieces[:start], names[:start], reader)
        tokens = [*first, *(token for piece in pieces[start:] for token in piece)]
        read = await self.read(tokens, state, reader)
        if read is not None and start and self._keeper is None:
            self._follow_model()
            self._cache(names[-1], read)  # in memory only: the following line is what gets stored
        elif read is not None:
            await self.keep(names[-1], read, "prompt")
        return read

    async def keep(self, digest: str, state: StateHandle, kind: StateKind = "turn") -> None:
        """Store the state that resumes the path ``digest``: in memory at once, on disk soon."""
        if self._keeper is not None:
            await self._keeper.keep(digest, state)
            return
        fingerprint = self._follow_model()
        self._cache(digest, state)
        try:
            data = await self._engine.export_state(state)
        except Exception:  # losing the state must not lose the turn
            log.exception("a state could not be exported; it will be rebuilt when it is needed")
            return
        await self.save(SerializedState(fingerprint=fingerprint, digest=digest, data=data, kind=kind))

    async def save(self, state: SerializedState) -> None:
        """Queue a state to be written to disk in a batch."""
        while self._saving is not None and self._unsaved.nbytes > MAX_UNSAVED_BYTES:
            self._hurry()
            await asyncio.wait([self._saving])
        self._unsaved.add(state)
        if self._saving is None:
            self._saving = self._tasks.spawn(self._write())

    async def read(
        self, tokens: Sequence[int], state: StateHandle | None, reader: Reader = NOBODY
    ) -> StateHandle | None:
        """Return the state before the last of ``tokens``, read after ``state``. Raises what the engine raises."""
        if reader.stopped():  # cancelled during the lookup, before the engine had a request to cancel
            raise ReadingStopped(STOPPED)
        request = Request(tokens=tuple(tokens), state=state, sampling=READ_ONLY, channel=reader.channel)
        found: StateHandle | None = None
        async for chunk in self._engine.stream(request):
            found = chunk.state or found
            if chunk.finish_reason in ("cancelled", "timeout"):
                raise ReadingStopped(STOPPED)
        return found

    async def forget(self, digests: Sequence[str]) -> None:
        """Delete the states of these paths from memory, from the write queue and from disk."""
        gone = set(digests)
        for digest in gone & self._cached.keys():
            self._cached_bytes -= self._cached.pop(digest).nbytes
        self._unsaved.forget(gone)
        if self._saving is not None:
            self._hurry()
            await asyncio.wait([self._saving])  # these states may already be in the current write
        await self._forget_stored(digests)

    async def forget_deleted(self) -> None:
        """Delete the states of texts that an earlier process deleted, or tried to."""
        if digests := await self._store.state_deletions.waiting():
            await self._forget_stored(digests)

    async def _forget_stored(self, digests: Sequence[str]) -> None:
        gone = await self._store.states.forget(digests)
        if self._keeper is not None:
            gone = await self._keeper.forget(digests) and gone
        if gone:
            await self._store.state_deletions.done(digests)

    def drop(self) -> None:
        """Drop the states in memory and those queued for the disk: another process may have deleted their messages."""
        self._cached.clear()
        self._cached_bytes = 0
        self._unsaved.clear()

    async def close(self, seconds: float) -> None:
        """Write everything that is queued."""
        if self._saving is None and self._used:
            self._saving = self._tasks.spawn(self._write())
        self._hurry()
        await self._tasks.finish(seconds)

    # --- memory -------------------------------------------------------------------------------------------------

    def _follow_model(self) -> str:
        """Drop all states in memory if the model has changed. Returns the running model's fingerprint."""
        fingerprint = self._engine.info.fingerprint
        if fingerprint != self._fingerprint:
            self._cached.clear()
            self._cached_bytes = 0
            self._fingerprint = fingerprint
        return fingerprint

    def _cache(self, digest: str, state: StateHandle) -> None:
        if (old := self._cached.pop(digest, None)) is not None:
            self._cached_bytes -= old.nbytes
        self._cached[digest] = state
        self._cached_bytes += state.nbytes
        while self._cached_bytes > self._limits.memory and len(self._cached) > 1:
            _, dropped = self._cached.popitem(last=False)
            self._cached_bytes -= dropped.nbytes

    # --- disk ---------------------------------------------------------------------------------------------------

    async def prune(self) -> None:
        """Delete states in excess of the disk budget, which may have been reduced."""
        if gone := await self._store.states.prune(self._budget()):
            log.info("%d old states dropped: the disk budget is full", gone)

    def _budget(self) -> Budget:
        near = functools.partial(self._store.nodes.near_heads, turns=self._limits.keep_turns)
        return Budget(nbytes=self._limits.disk, running=self._engine.info.fingerprint, protect=near)

    async def _write(self) -> None:
        """Write queued states until none is left. A failure is only logged: states can be rebuilt."""
        try:
            while self._unsaved or self._used:
                await self._gathered()
                given, used = self._unsaved.given(), self._used
                self._used = set()
                began = time.monotonic()
                gone = await self._store.states.save(list(given.values()), self._budget(), used - given.keys())
                self._metrics.observe("roost_state_write_seconds", time.monotonic() - began)
                if gone:
                    log.info("%d old states dropped: the disk budget is full", gone)
                self._unsaved.saved(given)
        except Exception:
            self._unsaved.clear()
            log.exception("states could not be written; they will be rebuilt when they are needed")
        finally:
            self._saving = None
            self._hurried, self._pause = False, None

    async def _gathered(self) -> None:
        """Let more states come, unless somebody waits for the write: a transaction costs more than a state in it.

        A sleep that is cut short, not a timeout: the simulated clock of tests passes over sleeps only.
        """
        if self._hurried:
            return
        self._pause = asyncio.create_task(asyncio.sleep(GATHERING))
        try:
            await asyncio.wait([self._pause])
        finally:
            self._pause.cancel()

    def _hurry(self) -> None:
        """Let the current write begin at once."""
        self._hurried = True
        if self._pause is not None:
            self._pause.cancel()

    # --- lookup, cheapest source first --------------------------------------------------------------------------

    async def _find(self, digest: str, read: Read, reader: Reader) -> StateHandle | None:
        if self._keeper is not None:  # resolved only when the state is needed
            return self._keeper.named(digest, reader.channel, lambda: self._rebuilt(digest, read))
        return await self._found(digest, read)

    async def _rebuilt(self, digest: str, read: Read) -> StateHandle:
        if (state := await self._found(digest, read)) is None:
            raise EngineError("a state could not be read again")
        return state

    async def _found(self, digest: str, read: Read) -> StateHandle | None:
        self._metrics.count("roost_prefix_cache_queries_total")
        if (held := self._in_memory(digest)) is not None:
            return held
        lock = self._locks.get(digest)
        if lock is None:
            lock = self._locks[digest] = asyncio.Lock()
        async with lock:
            if (held := self._in_memory(digest)) is not None:
                return held
            if (stored := await self._stored(digest)) is not None:
                self._metrics.count("roost_prefix_cache_hits_total", place="store")
                return stored
            return await read()

    def _in_memory(self, digest: str) -> StateHandle | None:
        fingerprint = self._follow_model()
        state = self._cached.get(digest)
        if state is not None:
            self._cached.move_to_end(digest)
            self._used.add((fingerprint, digest))
            self._metrics.count("roost_prefix_cache_hits_total", place="memory")
        return state

    async def _stored(self, digest: str) -> StateHandle | None:
        name = (self._engine.info.fingerprint, digest)
        waiting = self._unsaved.get(name)
        data = waiting.data if waiting is not None else await self._store.states.load(*name)
        if data is None:
            return None
        try:
            state = await self._engine.import_state(data)
        except ModelError as error:
            log.warning("a kept state is not used, it is rebuilt: %s", error)
            self._unsaved.remove(name)
            await self._store.states.drop(*name)
            return None
        self._used.add(name)
        self._cache(digest, state)
        return state

    async def _kept(self, names: Sequence[str], reader: Reader) -> set[str]:
        """Return which of the paths need not be read again."""
        fingerprint = self._follow_model()
        near = {name for name in names if name in self._cached or (fingerprint, name) in self._unsaved}
        far = await self._store.states.kept(fingerprint, names)
        kept = set() if self._keeper is None else await self._keeper.known(names, reader.channel)
        return near | far | kept

    async def _replay(self, node: Node, digest: str, reader: Reader) -> StateHandle | None:
        """Rebuild a state by reading tokens from the nearest ancestor that has one."""
        path = await self._store.nodes.path(node.id) if node.id else [node]  # a root that is not committed yet
        names = digests_along(path)
        kept = await self._kept(names, reader)
        start = 0
        state = await self._begin(path[0])
        first: tuple[int, ...] = ()
        for index in range(len(path) - 2, -1, -1):
            name, above = names[index], path[index]
            if above.tokens and name != digest and (name in kept or above.kind == "root"):
                (state, first), start = await self.resume(above, reader), index + 1
                break
        tokens = [*first, *(token for turn in path[start:] for token in turn.tokens)]
        self._metrics.count("roost_replayed_tokens_total", len(tokens))
        log.info("the state of turn %d is rebuilt by reading %d tokens", node.id, len(tokens))
        rebuilt = await self.read(tokens, state, reader)
        if rebuilt is not None:
            await self.keep(digest, rebuilt, "prompt" if node.parent is None else "turn")
        return rebuilt


def chained(pieces: Pieces) -> list[str]:
    """Return the digest at the end of each piece."""
    found: list[str] = []
    for piece in pieces:
        found.append(digest_after(found[-1] if found else NOTHING, piece))
    return found
