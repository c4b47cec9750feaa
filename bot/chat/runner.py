"""Running a channel's turns: the lock, the stream from the engine, and the one transaction at the end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from bot.chat.channel import TurnTree
from bot.chat.core import Services
from bot.chat.state_cache import ReadingStopped
from bot.chat.turn import Candidates, Plan, Turn, TurnUpdate
from bot.engine.types import Request, StateHandle
from bot.store.node import Node
from bot.store.store import Channel
from bot.store.store import Turn as StoredTurn


class TurnRunner(TurnTree):
    """A channel that can run turns, one at a time. What is said in them is its child's business."""

    def __init__(self, services: Services, row: Channel, head: Node) -> None:
        super().__init__(services.store, row, head)
        self._services = services
        self._engine = services.engine
        self._turn: Turn | None = None  # the one that has the lock
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Whether a turn is running or waiting."""
        return self._waiting > 0

    @property
    def key(self) -> str:
        """This channel's name in the engine's queue."""
        return f"{self.platform}:{self.channel}"

    async def stop(self) -> bool:
        """Cut the running reply; what was written stays. Whether there was one."""
        turn = self._turn
        if turn is None:
            return False
        turn.cancel()
        await self._engine.cancel(self.key)
        return True

    async def _stream(self, prepare: Callable[[], Awaitable[Plan]]) -> AsyncIterator[TurnUpdate]:
        self._services.admit(self._waiting)
        turn = Turn()
        task = self._services.spawn(self._run(turn, prepare))
        try:
            async for update in turn.updates():
                yield update
        finally:  # the reader is gone, or all is done
            if not turn.started:
                task.cancel()
            elif not task.done():
                turn.cancel()
                await self._engine.cancel(self.key)

    @asynccontextmanager
    async def _ready(self) -> AsyncIterator[None]:
        """The lock, with HEAD in the running model's tokens: it may have been changed since."""
        async with self._lock, self._services.gate.passing():
            if self._head.vocabulary != self._services.vocabulary:
                self._head = await self._store.node(self._head.id) or self._head
            yield

    async def _run(self, turn: Turn, prepare: Callable[[], Awaitable[Plan]]) -> None:
        self._waiting += 1
        try:
            async with self._ready():
                self._services.admit(0)
                turn.started, self._turn = True, turn
                try:
                    await self._write(turn, await prepare())
                finally:
                    self._turn = None
            turn.finish()
        except BaseException as error:
            turn.finish(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._waiting -= 1

    async def _write(self, turn: Turn, plan: Plan) -> None:
        candidates = Candidates(plan)
        try:
            state, first = await self._services.states.resume(plan.parent, self.key)
        except ReadingStopped:
            return await self._finish(turn, plan, candidates)
        request = Request(
            tokens=(*first, *plan.input_tokens, *plan.forced_tokens), state=state, sampling=plan.sampling,
            stop=plan.stop, n=plan.options.n, guidance=plan.options.guidance, history=await self._history(plan),
            channel=self.key, user=plan.options.user, timeout=plan.options.timeout,
        )  # fmt: skip
        if not turn.is_cancelled():
            async for chunk in self._engine.stream(request):
                turn.show(candidates.add(chunk))
                if turn.is_cancelled() and chunk.finish_reason is None:  # asked before the engine knew of the request
                    await self._engine.cancel(self.key)
        return await self._finish(turn, plan, candidates)

    async def _history(self, plan: Plan) -> tuple[int, ...]:
        """The tokens that repetition penalties look back at; only where they do."""
        if plan.parent is None or (plan.sampling.repetition_penalty == 1 and plan.sampling.dry_multiplier == 0):
            return ()
        path = await self._store.path(plan.parent.id)
        tokens = [token for node in path for token in node.tokens][:-1]
        return tuple(tokens[-(plan.sampling.repetition_penalty_range or len(tokens)) :])

    async def _finish(self, turn: Turn, plan: Plan, candidates: Candidates) -> None:
        """Commit what was written, then show the last frames."""
        kept = candidates.worth_keeping() if plan.keep != "nothing" else ()
        made: list[Node] = []
        if kept:
            nodes = [plan.node(self.id, candidates.text(index), candidates.last[index]) for index in kept]
            handles = [candidates.last[index].state for index in kept]
            read = sum(last.stats.tokens_read for last in candidates.last.values() if last.stats)
            said = plan.options.messages
            made = await self._commit(nodes, handles, plan.keep, plan.options.user, read, messages=said)
        done = dict(zip(kept, made, strict=True))
        for index in candidates.last:
            node = done.get(index)
            place = None if node is None else await self.position(node.id)
            turn.show(candidates.end(index, node, place))
        if not candidates.last:
            turn.show(TurnUpdate(text="", finish_reason="cancelled"))

    async def _commit(
        self, nodes: Sequence[Node], handles: Sequence[StateHandle | None], keep: str, user: str, read: int,
        *, last: bool = False, messages: Sequence[str] = (),
    ) -> list[Node]:  # fmt: skip
        """One transaction: turns, states and HEAD (on the first of ``nodes``, or the last)."""
        states = [await self._services.states.export(handle) for handle in handles]
        at = len(nodes) - 1 if last else 0
        turn = StoredTurn(
            nodes=nodes, states=states, fingerprint=self._engine.info.fingerprint, user=user, tokens_read=read,
            head=at if keep == "head" else None, draft=at if keep == "draft" else None,
            channel={"undone": []} if keep == "head" else {},
            messages=[(self.platform, self.channel, message) for message in messages],
        )  # fmt: skip
        made = await self._store.commit(self.id, turn)
        for node, handle in zip(made, handles, strict=True):
            if handle is not None:
                self._services.states.hold(node.id, handle)
        if keep == "head":
            self._head = made[at]
            self._note(head_id=made[at].id, undone=[])
        else:
            self._note(draft_id=made[at].id)
        self._services.committed(sum(len(data) for data in states if data))
        return made

    async def _read_turn(self, parent: Node | None, node: Node, user: str) -> Node:
        return await self._read_turns(parent, [node], user)

    async def _read_turns(self, parent: Node | None, nodes: Sequence[Node], user: str) -> Node:
        """Let the model read turns whose words are given, then commit them. The lock is held."""
        state, first = await self._services.states.resume(parent, self.key)
        tokens = (*first, *(token for node in nodes for token in node.tokens))
        handle = await self._services.states.read(tokens, state, self.key)
        handles = [*(None for _ in nodes[1:]), handle]
        return (await self._commit(nodes, handles, "head", user, len(tokens), last=True))[-1]
