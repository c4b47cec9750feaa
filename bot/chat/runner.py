"""Runs a channel's turns: streams from the engine, then commits in one transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.chat.channel import Channel
from bot.chat.core import Core
from bot.chat.state_cache import Reader, ReadingStopped, Resume, chained
from bot.chat.turn import Candidates, Keep, Plan, Turn, TurnOptions, TurnUpdate, seconds_of
from bot.engine.types import Request, StateHandle
from bot.errors import Busy, UserError
from bot.store.digest import NOTHING, digest_after
from bot.store.messages import StoredMessage
from bot.store.node import Node
from bot.store.store import Commit
from bot.store.usage import NO_SECONDS, Seconds

FURTHER_ANSWERS = 4  # drawn in one batch if a new answer repeats an earlier one
FITTING_TRIES = 3  # retries for scene lines that do not fit
FURTHER_SEEDS = 1000  # offset, to stay clear of the seeds of earlier answers
Prepare = Callable[[], Awaitable[Plan]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a turn, to be committed."""

    nodes: Sequence[Node]
    states: Sequence[StateHandle | None]  # one per node
    keep: Keep = "head"
    at: int = 0  # index of the node that HEAD or the draft moves to
    tokens_read: int = 0
    seconds: Seconds = NO_SECONDS
    view: str | None = None  # digest that the states follow, instead of that of the nodes' parent
    options: TurnOptions  # their messages and answers are committed as well


class Runner:
    """Runs a channel's turns one at a time, whatever their content."""

    def __init__(self, core: Core, channel: Channel) -> None:
        self._core = core
        self._channel = channel
        self._current: Turn | None = None  # the turn that holds the lock
        self._admitted: set[Turn] = set()  # running or waiting

    @property
    def busy(self) -> bool:
        """Whether a turn is running or waiting."""
        return bool(self._admitted)

    @property
    def reader(self) -> Reader:
        """The reader for the turn that holds the lock."""
        turn = self._current
        return Reader(self._channel.key) if turn is None else Reader(self._channel.key, turn.is_cancelled)

    async def stop(self) -> bool:
        """Cut what is being written or read, keeping what was written. Returns whether anything was running."""
        turn = self._current
        if turn is None:
            return False
        turn.cancel()
        await self._core.engine.cancel(self._channel.key)
        return True

    async def stream(self, prepare: Prepare) -> AsyncIterator[TurnUpdate]:
        """Run the turn that ``prepare`` plans in its own task, once it is next in line. Raises Busy."""
        turn = self._admit()
        task = self._core.spawn(self._run(turn, prepare))
        task.add_done_callback(lambda _: self._admitted.discard(turn))  # also if the task never started
        try:
            async for update in turn.updates():
                yield update
        finally:  # the reader has left, or the turn is done
            if not turn.started:
                task.cancel()
            elif not task.done():
                turn.cancel()
                await self._core.engine.cancel(self._channel.key)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Hold the lock outside a stream, with HEAD in the running model's tokens. ``stop`` ends reading done in it.

        Raises Busy.
        """
        turn = self._admit()
        try:
            async with self._holding(turn):
                yield
        finally:
            self._admitted.discard(turn)

    def _admit(self) -> Turn:
        self._core.admit(len(self._admitted))
        turn = Turn()
        self._admitted.add(turn)
        return turn

    @asynccontextmanager
    async def _holding(self, turn: Turn) -> AsyncIterator[None]:
        async with self._channel.lock, self._core.gate.passing():
            self._core.admit(0)
            if self._channel.head.vocabulary != self._core.vocabulary:  # the model may have changed since
                await self._channel.refresh_head()
            turn.started, self._current = True, turn
            try:
                yield
            finally:
                self._current = None

    async def _run(self, turn: Turn, prepare: Prepare) -> None:
        try:
            async with self._holding(turn):
                await self._write(turn, await prepare())
            self._admitted.discard(turn)
            turn.finish()
        except BaseException as error:
            self._admitted.discard(turn)
            turn.finish(error)
            if not isinstance(error, Exception):
                raise

    async def _write(self, turn: Turn, plan: Plan) -> None:
        candidates = Candidates(plan)
        try:
            state, first = await self._before(plan)
        except ReadingStopped:
            return await self._finish(turn, plan, candidates)
        read = plan.input_tokens if plan.fork is None else plan.fork.tokens
        request = Request(
            tokens=(*first, *read, *plan.forced_tokens), state=state, sampling=plan.sampling,
            stop=plan.stop, n=plan.options.n, guidance=plan.guidance, history=await self._history(plan),
            channel=self._channel.key, user=plan.options.user, address=plan.options.address,
            timeout=plan.options.timeout,
        )  # fmt: skip
        if not turn.is_cancelled():
            try:
                await self._show(turn, request, candidates)
            except ReadingStopped:  # the engine had lost the state, and rebuilding it was cancelled
                return await self._finish(turn, plan, candidates)
        if plan.fit:
            await self._draw_fitting(turn, plan, request, candidates)
        elif (repeated := candidates.repeated()) and not turn.is_cancelled():
            await self._draw_others(plan, request, candidates, repeated)
        return await self._finish(turn, plan, candidates)

    async def _show(self, turn: Turn, request: Request, candidates: Candidates) -> None:
        async for chunk in self._core.engine.stream(request):
            turn.show(candidates.add(chunk))
            if turn.is_cancelled() and chunk.finish_reason is None:  # cancelled before the engine knew of the request
                await self._core.engine.cancel(self._channel.key)

    async def _before(self, plan: Plan) -> Resume:
        view = plan.view if plan.fork is None else plan.fork.view
        if view is not None:
            return await self._core.states.follow(view, self.reader)
        return await self._core.states.resume(plan.parent if plan.fork is None else plan.fork.start, self.reader)

    async def _draw_fitting(self, turn: Turn, plan: Plan, request: Request, candidates: Candidates) -> None:
        """Redraw replies that do not fit a few times, then drop them. Raises UserError if none is left."""
        for tries in range(1, FITTING_TRIES + 1):
            wrong = candidates.unfit()
            if not wrong or turn.is_cancelled():
                break
            sampling = request.sampling
            if sampling.seed is not None:
                sampling = replace(sampling, seed=sampling.seed + FURTHER_SEEDS * tries)
            drawn = Candidates(plan)
            async for chunk in self._core.engine.stream(replace(request, n=len(wrong), sampling=sampling)):
                drawn.add(chunk)
            for index, other in zip(wrong, sorted(drawn.last), strict=False):
                candidates.put(index, drawn, other)
        candidates.drop(candidates.unfit())
        if not candidates.last:
            raise UserError("The model has no new line for {name}. A higher temperature makes it vary: `-temp=1.5`",
                            name=plan.speaker or plan.author or "…")  # fmt: skip

    async def _draw_others(self, plan: Plan, request: Request, candidates: Candidates, repeated: Sequence[int]) -> None:
        """Draw several new candidates in one batch to replace ``repeated``; drop those that repeat again.

        Raises UserError if no candidate is left.
        """
        sampling = request.sampling
        if sampling.temperature > 0 and sampling.top_k != 1:
            if sampling.seed is not None:
                sampling = replace(sampling, seed=sampling.seed + FURTHER_SEEDS)
            most = self._core.engine.status().rows_limit // (1 if request.guidance is None else 2)
            drawn = Candidates(plan)
            async for chunk in self._core.engine.stream(
                replace(request, n=max(1, min(FURTHER_ANSWERS, most)), sampling=sampling)
            ):
                drawn.add(chunk)
            repeated = candidates.take_new(repeated, drawn)
        candidates.drop(repeated)
        if not candidates.last:
            raise UserError("The model keeps giving the same answer. A higher temperature makes it vary: `+ -temp=1.2`")

    async def _history(self, plan: Plan) -> tuple[int, ...]:
        """Return the tokens that repetition penalties look back at, if the plan uses any."""
        if plan.parent is None or (plan.sampling.repetition_penalty == 1 and plan.sampling.dry_multiplier == 0):
            return ()
        window = plan.sampling.repetition_penalty_range
        if plan.view is not None:
            known = [token for piece in plan.view for token in piece][:-1]
            return tuple(known[-window:] if window else known)
        tokens = await self._core.store.nodes.last_tokens(plan.parent.id, window and window + 1)
        return tuple(tokens[:-1])  # without the last token, which is still to be fed

    async def _finish(self, turn: Turn, plan: Plan, candidates: Candidates) -> None:
        """Commit what was written, then show the final frames."""
        for last in candidates.last.values():
            self._core.count_reply(last)
        kept = candidates.worth_keeping() if plan.keep != "nothing" else ()
        made: list[Node] = []
        if kept:
            nodes = [plan.node(self._channel.id, candidates.text(index), candidates.last[index]) for index in kept]
            made = await self.commit(
                Outcome(
                    nodes=nodes,
                    states=await self._states(plan, nodes, [candidates.last[index].state for index in kept]),
                    keep=plan.keep,
                    view=None if plan.view is None else [NOTHING, *chained(plan.view)][-1],
                    options=plan.options,
                    tokens_read=sum(stats.tokens_read for stats in candidates.stats),
                    seconds=seconds_of(candidates.stats),
                )
            )
        done = dict(zip(kept, made, strict=True))
        for index in candidates.last:
            node = done.get(index)
            place = None if node is None else await self._channel.position_of(node)
            turn.show(candidates.end(index, node, place))
        if not candidates.last:
            turn.show(TurnUpdate(text="", finish_reason="cancelled"))

    async def _states(
        self, plan: Plan, nodes: Sequence[Node], drawn: Sequence[StateHandle | None]
    ) -> Sequence[StateHandle | None]:
        """Return the states of the committed text.

        The states of a fork have read other text, so the first turn is read again without it.
        """
        if plan.fork is None:
            return drawn
        read: StateHandle | None = None
        if plan.view is not None:  # the view is read when that speaker speaks again
            return [read for _ in nodes]
        try:
            state, first = await self._core.states.resume(plan.parent, self.reader)
            read = await self._core.states.read((*first, *nodes[0].tokens), state, self.reader)
        except (ReadingStopped, Busy):
            pass  # read later, when it is needed
        return [read, *(None for _ in nodes[1:])]

    async def commit(self, outcome: Outcome) -> list[Node]:
        """Commit turns, states, HEAD and usage in one transaction."""
        channel, options = self._channel, outcome.options
        turn = Commit(
            nodes=outcome.nodes, user=options.user, tokens_read=outcome.tokens_read, seconds=outcome.seconds,
            head=outcome.at if outcome.keep == "head" else None,
            draft=outcome.at if outcome.keep == "draft" else None,
            pending=outcome.at if outcome.keep == "pending" else None,
            channel={"undone": []} if outcome.keep == "head" else {},
            messages=[self._stored(each.id, each.text) for each in options.messages],
            answers=[self._stored(each) for each in options.answers],
        )  # fmt: skip
        made = await channel.commit(turn)
        for node, handle in zip(made, outcome.states, strict=True):
            if handle is not None:
                view = outcome.view
                await self._core.states.keep(node.digest if view is None else digest_after(view, node.tokens), handle)
        return made

    def _stored(self, number: str, words: str = "") -> StoredMessage:
        channel = self._channel
        return StoredMessage(platform=channel.platform, channel=channel.external_id, id=number, words=words)

    async def read_turns(self, above: Node | None, nodes: Sequence[Node], user: str = "") -> Node:
        """Read turns with given text, then commit them and move HEAD to the last. The caller holds the lock.

        ``above`` may be a new root, which is committed with them. Raises ReadingStopped.
        """
        state, first = await self._core.states.resume(above, self.reader)
        tokens = (*first, *(token for node in nodes for token in node.tokens))
        handle = await self._core.states.read(tokens, state, self.reader)
        if above is not None and above.id == 0:
            nodes = [above, *nodes]
        states = [*(None for _ in nodes[1:]), handle]
        options = TurnOptions(user=user)
        outcome = Outcome(nodes=nodes, states=states, options=options, tokens_read=len(tokens), at=len(nodes) - 1)
        return (await self.commit(outcome))[-1]
