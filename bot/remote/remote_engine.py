"""The engine's protocol over one or several `roost engine` processes: only the model runs elsewhere."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from bot.chat.engine import Rebuild, ReplicaView
from bot.engine.sampling.random_stream import new_seed
from bot.engine.types import Chunk, Coder, EngineError, EngineInfo, EngineStatus, Request, SamplingParams, StateHandle
from bot.metrics import Metrics
from bot.remote.remote_state import NamedState, ReadState, SentState, handle_of, lineage, state_of
from bot.remote.replica import Replica
from bot.remote.replicas import Replicas
from bot.remote.reply_events import ReplicaLost, StateMissing
from bot.remote.request_body import encode_request
from bot.remote.shown_text import ShownText

log = logging.getLogger(__name__)

READ_ONLY = SamplingParams(max_tokens=0)
MAX_RESTORED = 4  # missing states restored per request; a replica that drops more lacks the memory for them


class RemoteEngine:
    """Sends each request to its channel's replica, and retries it once on another if that replica is lost.

    A state is only a name here. If a replica no longer has it, it is restored: by its owner, from the bytes that were
    sent, or by reading the tokens that led to it.
    """

    def __init__(self, replicas: Replicas, metrics: Metrics | None = None) -> None:
        self._replicas = replicas
        self._metrics = metrics or Metrics()
        self._running: defaultdict[str, Counter[str]] = defaultdict(Counter)  # channel -> url -> number of replies
        self._closed = False

    @property
    def info(self) -> EngineInfo:
        """The model that the replicas run."""
        return self._replicas.info

    @property
    def coder(self) -> Coder:
        """Its tokenizer, which runs locally."""
        return self._replicas.coder

    @property
    def replicas(self) -> Sequence[ReplicaView]:
        """What is known about each replica."""
        return self._replicas.views

    async def start(self) -> None:
        """Connect to the replicas. Raises ``ModelError`` if none can be used."""
        await self._replicas.start()

    async def close(self) -> None:
        """Disconnect; replies being written end on the replicas. Idempotent."""
        if not self._closed:
            self._closed = True
            await asyncio.gather(*(self.cancel(channel) for channel in list(self._running)))
            await self._replicas.close()

    def status(self) -> EngineStatus:
        """Return the sum of the replicas' last reported statuses."""
        known = [each.status for each in self._replicas.up if each.status is not None]
        return EngineStatus(
            rows_running=sum(each.rows_running for each in known),
            rows_limit=sum(each.rows_limit for each in known),
            queue_length=sum(each.queue_length for each in known),
            queue_limit=sum(each.queue_limit for each in known),
            tokens_per_second=sum(each.tokens_per_second for each in known),
            tokens_read=sum(each.tokens_read for each in known),
            tokens_written=sum(each.tokens_written for each in known),
            state="closed" if self._closed else "ready" if known else "failed",
        )

    # --- replies ------------------------------------------------------------------------------------------------

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request``. If its replica is lost, another one is tried once, and continues where the first stopped.

        Raises ``Busy`` if no replica is up, the engine's own errors, and ``EngineError`` if the reply cannot continue.
        """
        if request.sampling.seed is None:  # drawn here, so that another replica can write the same reply
            request = replace(request, sampling=replace(request.sampling, seed=new_seed()))
        shown, route = ShownText(), _route(request)
        first = await self._replicas.some(route)
        try:
            async with aclosing(self._attempt(first, request)) as pieces:
                async for piece in pieces:
                    if (chunk := shown.new(piece)) is not None:
                        yield chunk
            return
        except ReplicaLost as lost:
            self._replicas.lost(first, str(lost))
        second = await self._replicas.some(route, without=[first])
        self._metrics.count("roost_replica_retries_total", begun="yes" if shown.begun else "no")
        shown.run_again()
        try:
            async with aclosing(self._attempt(second, request)) as pieces:
                async for piece in pieces:
                    if (chunk := shown.new(piece)) is not None:
                        yield chunk
        except ReplicaLost as lost:
            self._replicas.lost(second, str(lost))
            raise EngineError("two engines were lost while a reply was written") from lost

    async def cancel(self, channel: str) -> int:
        """End the running replies of ``channel``; return how many there were."""
        urls = self._running.get(channel, Counter())
        found = [each for each in self._replicas.all if urls[each.url]]
        ended = await asyncio.gather(*(each.cancel(channel) for each in found), return_exceptions=True)
        return sum(count for count in ended if isinstance(count, int))  # replies of a lost replica have ended anyway

    async def _attempt(self, replica: Replica, request: Request) -> AsyncGenerator[Chunk]:
        """Yield the reply of ``replica``, restoring missing states. Raises ``ReplicaLost``."""
        self._running[request.channel][replica.url] += 1
        try:
            for _ in range(MAX_RESTORED):
                try:
                    async with aclosing(self._pieces(replica, request)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
                except StateMissing as missing:
                    request = await self._restored(replica, request, missing.name)
            raise EngineError("the engine drops states faster than they can be made again")
        finally:
            running = self._running[request.channel]
            running[replica.url] -= 1
            if not +running:
                del self._running[request.channel]

    async def _pieces(self, replica: Replica, request: Request) -> AsyncGenerator[Chunk]:
        guidance = request.guidance
        before = guidance.state if guidance else None
        data = encode_request(request, _name(request.state), _name(before))
        ended = 0
        async with aclosing(replica.stream(data)) as pieces:
            async for piece in pieces:
                state = None
                if piece.state is not None:
                    tokens = (*request.tokens, *piece.tokens)
                    state = handle_of(ReadState(piece.state.name, _route(request), request.state, tokens, replica.url))
                ended += piece.end is not None
                yield piece.chunk(state)
        if ended < request.n:
            raise ReplicaLost("its reply broke off")

    # --- states -------------------------------------------------------------------------------------------------

    async def _restored(self, replica: Replica, request: Request, name: str) -> Request:
        """Return ``request`` with the state ``name`` restored, on ``replica`` if possible."""
        self._metrics.count("roost_replica_misses_total")
        guidance = request.guidance
        if request.state is not None and _name(request.state) == name:
            request = replace(request, state=await self._rebuilt(replica, request.state, request))
        if guidance is not None and guidance.state is not None and _name(guidance.state) == name:
            state = await self._rebuilt(replica, guidance.state, request)
            request = replace(request, guidance=replace(guidance, state=state))
        return request

    async def _rebuilt(self, replica: Replica, handle: StateHandle, request: Request) -> StateHandle:
        match state_of(handle):
            case NamedState(rebuild=rebuild):
                return await rebuild()
            case SentState(data=data, tuned=tuned):
                await replica.send(data, tuned)
                return handle
            case ReadState() as state:
                before, tokens = lineage(state)
                reading = replace(request, tokens=tokens, state=before, sampling=READ_ONLY, n=1, guidance=None, stop=(),
                                  grammar=None, forced=(), scores=None, history=())  # fmt: skip
                async with aclosing(self._attempt(replica, reading)) as pieces:
                    found = [piece.state async for piece in pieces if piece.state is not None]
                if not found:
                    raise EngineError("a state could not be read again")
                state.name = _name(found[0]) or state.name  # updates every holder of this handle
                return handle

    def named(self, name: str, channel: str, rebuild: Rebuild) -> StateHandle:
        """Return a handle for the state kept under ``name``; if it is gone, ``rebuild`` is called."""
        return handle_of(NamedState(name, channel, rebuild))

    async def keep(self, name: str, state: StateHandle) -> None:
        """Keep the state under ``name`` on its replica. Failures are logged: the state can be read again."""
        found = state_of(state)
        if found.name == name:
            return
        try:
            url = found.url if isinstance(found, ReadState) else ""
            replica = self._replicas.at(url) or self._replicas.of(found.channel)
            if await replica.rename(found.name, name):
                found.name = name
        except Exception as error:
            log.warning("a state could not be kept, it is read again when it is needed: %s", error)

    async def known(self, names: Sequence[str], channel: str) -> set[str]:
        """Return which of the states the replica of ``channel`` has."""
        try:
            return await self._replicas.of(channel).known(names)
        except Exception as error:
            log.warning("it is not known which states are kept: %s", error)
            return set()

    async def forget(self, names: Sequence[str]) -> bool:
        """Drop these states on every replica; one that cannot do so now is told again. Returns whether all did."""
        up = self._replicas.up
        for replica in self._replicas.all:
            replica.forget(names)
        told = await asyncio.gather(*(each.forget_waiting() for each in up), return_exceptions=True)
        for error in told:
            if error is not None:
                log.warning("an engine is to forget states when it is back: %s", error)
        return bool(up) and len(up) == len(self._replicas.all) and not any(told)  # a cluster may list none for a while

    async def export_state(self, state: StateHandle) -> bytes:
        """Serialise ``state``."""
        for _ in range(MAX_RESTORED):
            found = state_of(state)
            replica = self._replicas.of(found.channel)
            try:
                return await replica.fetch(found.name)
            except StateMissing:
                state = await self._rebuilt(replica, state, Request(tokens=(0,), channel=found.channel))
        raise EngineError("the engine drops states faster than they can be made again")

    async def import_state(self, data: bytes) -> StateHandle:
        """Load the output of ``export_state``. Raises ``ModelError`` if it is damaged or belongs to another model."""
        sent = await self._replicas.of("").send(data)
        return handle_of(SentState(sent.name, data))

    async def tuned_state(self, path: Path) -> StateHandle:
        """Load the initial state of a state-tuning file. Raises ``ModelError`` if it does not fit this model."""
        data = await asyncio.to_thread(path.read_bytes)
        sent = await self._replicas.of("").send(data, path.suffix)
        return handle_of(SentState(sent.name, data, path.suffix))


def _route(request: Request) -> str:
    """Return the key that selects the replica: that of the request's state, else its channel, or the API user."""
    if request.state is not None and (lying := state_of(request.state).channel):
        return lying
    return request.user or request.channel if request.service == "api" else request.channel or request.user


def _name(handle: StateHandle | None) -> str | None:
    return None if handle is None else state_of(handle).name
