"""The engine: one ``step()`` serves every row. No threads here; ``worker`` calls it from the one that owns the model."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from bot.engine import draws
from bot.engine.cache import PrefixCache
from bot.engine.meter import Meter
from bot.engine.model import Model
from bot.engine.pace import Pace, shares
from bot.engine.request_checks import check_request
from bot.engine.sampler import Sampler
from bot.engine.scheduler import Scheduler
from bot.engine.sequence import Base, Job, Phase, Row
from bot.engine.sequence import Sequence as Reply
from bot.engine.settings import EngineSettings
from bot.engine.state import RowState
from bot.engine.stopping import ReplyText, StopStrings, tokens_of_text
from bot.engine.types import Chunk, EngineError, FinishReason, Request, StateHandle, Stats, TokenCoder
from bot.engine.vocabulary import END_OF_TEXT, Vocabulary

_SNAPSHOT_EVERY = 16  # tokens; the most that is read again where a reply ended earlier than it was written


class Event(NamedTuple):
    """What a step has for the one who asked: a piece of a reply, or the reason why there will be none."""

    job: Job
    result: Chunk | Exception


class Engine:
    """A model, its pool of rows, and the jobs that use them."""

    def __init__(
        self, model: Model, coder: TokenCoder, settings: EngineSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.model = model
        self.coder = coder
        self.settings = settings
        self.clock = clock
        self.state = model.new_state(settings.rows)
        self.vocabulary = Vocabulary(coder, model.spec.vocab_size)
        self.sampler = Sampler(settings.rows, self.vocabulary)
        self.scheduler = Scheduler(settings.queue_limit, clock)
        self.pace = Pace(settings.latency_ms / 1000, settings.prefill_chunk)
        self.cache = PrefixCache(int(settings.cache_mb * 1e6))
        self.jobs: list[Job] = []  # admitted
        self.written = Meter(clock)
        self.tokens_read = 0
        self._free = list(range(settings.rows))
        self._replies: list[Reply] = []  # every reply that occupies a slot
        self._events: list[Event] = []

    # ---- what is asked of it

    @property
    def busy(self) -> bool:
        """Whether a step has anything to do."""
        return bool(self.jobs or self._events) or len(self.scheduler) > 0

    @property
    def rows_running(self) -> int:
        """Slots in use."""
        return self.settings.rows - len(self._free)

    def submit(self, request: Request) -> Job:
        """Accept ``request``. Raises ``Busy`` when too many wait, ``InvalidOption`` when it cannot be run as asked."""
        check_request(request, self.model.spec.vocab_size, self.settings.rows)
        for handle in (request.state, request.guidance.state if request.guidance else None):
            if handle is not None:
                self._state_of(handle)
        now = self.clock()
        timeout = self.settings.timeout if request.timeout is None else request.timeout
        seed = request.sampling.seed
        job = Job(
            request=request,
            seed=draws.new_seed() if seed is None else seed % (1 << 63),
            accepted=now,
            deadline=None if timeout is None else now + timeout,
            stops=StopStrings(request.stop),
        )
        self.scheduler.submit(job)
        return job

    def cancel(self, channel: str) -> int:
        """End the replies of ``channel`` as "cancelled"; returns how many requests that were."""
        return sum(self._end_job(job, "cancelled") for job in self._all_jobs() if job.request.channel == channel)

    def cancel_all(self) -> None:
        """End every reply as "cancelled"."""
        for job in self._all_jobs():
            self._end_job(job, "cancelled")

    def drop(self, job: Job) -> None:
        """Forget ``job`` at once: nobody waits for it any more."""
        self.scheduler.remove(job)
        for reply in job.sequences:
            reply.ended = True
            self._release(reply)
        self._retire(job)

    def step(self) -> list[Event]:
        """Schedule, forward, sample, commit: every writing row gets a token, reading rows a part of their prompt."""
        self._expire()
        self._admit()
        writing, reading = self._scheduled()
        if writing or reading:
            try:
                self._run(writing, reading)
            except Exception as error:  # the model failed: its rows are lost, the engine is not
                self._fail_all(error)
        events, self._events = self._events, []
        return events

    def exported(self, handle: StateHandle) -> RowState:
        """The state behind ``handle``, in the CPU's memory."""
        return RowState({name: tensor.cpu() for name, tensor in self._state_of(handle).tensors.items()})

    # ---- schedule

    def _all_jobs(self) -> list[Job]:
        return [*self.scheduler, *self.jobs]

    def _expire(self) -> None:
        now = self.clock()
        for job in self._all_jobs():
            if job.deadline is not None and now >= job.deadline:
                job.deadline = None
                self._end_job(job, "timeout")

    def _admit(self) -> None:
        while (job := self.scheduler.next(len(self._free), self._prompt_is_free)) is not None:
            self.jobs.append(job)
            self._start(job)

    def _prompt_is_free(self, job: Job) -> bool:
        """Whether no other job is reading the same prompt: then waiting for its state is cheaper than reading along."""
        prefix = job.request.tokens[: job.request.cache_prefix]
        return not prefix or not any(
            other.request.cache_prefix == len(prefix)
            and other.request.tokens[: len(prefix)] == prefix
            and reply.phase is Phase.READING
            and reply.row.fed < len(prefix) < len(job.request.tokens)
            for other in self.jobs
            for reply in other.sequences
        )

    def _start(self, job: Job) -> None:
        request = job.request
        job.started = self.clock()
        row = self._row(request.tokens, request.state)
        job.tokens_cached = row.fed
        twin = None
        if request.guidance is not None:
            twin = self._row(request.guidance.tokens, request.guidance.state)
            job.tokens_cached += twin.fed
        job.spare_slots = [self._free.pop() for _ in range(job.rows_needed - (1 if twin is None else 2))]
        reply = Reply(job, 0, draws.candidate_seed(job.seed, 0), row, twin, ReplyText(job.stops))
        job.sequences.append(reply)
        self._replies.append(reply)
        self._read_up(reply)

    def _row(self, tokens: Sequence[int], handle: StateHandle | None) -> Row:
        """A slot in the state before the first of ``tokens`` that must be read."""
        slot = self._free.pop()
        fed, state, origin = 0, None, Base(0, None)
        if handle is not None:
            state = self._state_of(handle)
            origin = Base(0, state)
        elif (hit := self.cache.find(tokens)) is not None:
            fed, state = hit
        self._restore(slot, state)
        return Row(slot, list(tokens), fed, len(tokens) - 1, origin, Base(fed, state))

    def _state_of(self, handle: StateHandle) -> RowState:
        state = handle._state
        if isinstance(state, RowState) and _alike(state, self.state.initial):
            return state
        raise EngineError("the state handle belongs to another engine")

    def _restore(self, slot: int, state: RowState | None) -> None:
        if state is None:
            self.state.zero(slot)
        else:
            self.state.put(slot, state)

    def _scheduled(self) -> tuple[list[Reply], list[tuple[Reply, Row, int]]]:
        """The replies that get a token, and the rows that read, with how many tokens."""
        writing = [reply for reply in self._replies if reply.phase is Phase.WRITING]
        rows = [
            (reply, row)
            for reply in self._replies
            if reply.phase is not Phase.WRITING
            for row in reply.rows
            if row.remaining > 0
        ]
        if not rows:
            return writing, []
        budget = self.pace.budget(sum(len(reply.rows) for reply in writing))
        counts = shares([self._next_stop(reply, row) - row.fed for reply, row in rows], budget)
        return writing, [(reply, row, count) for (reply, row), count in zip(rows, counts, strict=True) if count]

    @staticmethod
    def _next_stop(reply: Reply, row: Row) -> int:
        """Where reading must pause next: at the prefix that is to be cached, or at the target."""
        prefix = reply.job.request.cache_prefix
        if reply.phase is Phase.READING and row is reply.row and row.fed < prefix < row.target:
            return prefix
        return row.target

    # ---- forward, sample, commit

    def _run(self, writing: list[Reply], reading: list[tuple[Reply, Row, int]]) -> None:
        begun = time.perf_counter()
        decode = [row for reply in writing for row in reply.rows]
        tokens = [row.path[row.fed] for row in decode]
        for _, row, count in reading:
            tokens += row.path[row.fed : row.fed + count]
        lengths = [1] * len(decode) + [count for _, _, count in reading]
        slots = [row.slot for row in decode] + [row.slot for _, row, _ in reading]
        device = self.model.device
        logits = self.model.forward(torch.tensor(tokens, device=device), lengths, self.state, slots)
        for row in decode:
            row.fed += 1
        if writing:
            self._write(writing, logits[: len(decode)])
        read = sum(lengths) - len(decode)
        for reply, row, count in reading:
            self._has_read(reply, row, count)
        self.pace.observe(len(decode), read, time.perf_counter() - begun)

    def _write(self, writing: list[Reply], logits: torch.Tensor) -> None:
        """Draw a token for each reply from ``logits`` (rows, V) and commit it."""
        logits = self._guided(writing, logits)
        drawing = list(writing)
        if any(reply.job.spare_slots for reply in writing):
            drawing, source = self._forked(writing)
            logits = logits[torch.tensor(source, device=logits.device)]
        draw = self.sampler.sample(logits.contiguous(), [reply.row.slot for reply in drawing])
        self.written.count(len(drawing))
        for reply, token, failed in zip(drawing, draw.tokens.tolist(), draw.failed.tolist(), strict=True):
            if failed:
                self._fail(reply.job, EngineError("the model's output is not a number"))
            elif reply.phase is Phase.WRITING and not reply.ended:
                self._commit(reply, token)

    @staticmethod
    def _guided(writing: list[Reply], logits: torch.Tensor) -> torch.Tensor:
        """(rows, V) -> (replies, V): unguided + factor * (guided - unguided) where a reply has two rows."""
        if all(reply.twin is None for reply in writing):
            return logits
        first = [0]
        for reply in writing:
            first.append(first[-1] + len(reply.rows))
        guided = logits[torch.tensor(first[:-1], device=logits.device)]
        pairs = [
            (i, r.job.request.guidance.factor) for i, r in enumerate(writing) if r.job.request.guidance is not None
        ]
        at = torch.tensor([i for i, _ in pairs], device=logits.device)
        twins = torch.tensor([first[i] + 1 for i, _ in pairs], device=logits.device)
        factors = torch.tensor([[factor] for _, factor in pairs], dtype=logits.dtype, device=logits.device)
        guided[at] = torch.lerp(logits[twins], guided[at], factors)  # exact at the factors 0 and 1
        return guided

    def _forked(self, writing: list[Reply]) -> tuple[list[Reply], list[int]]:
        """Let a job whose prompt has just been read go on as n candidates; returns them and their logits' rows."""
        drawing: list[Reply] = []
        source: list[int] = []
        for place, reply in enumerate(writing):
            drawing.append(reply)
            source.append(place)
            job = reply.job
            while job.spare_slots:
                other = self._fork(reply)
                drawing.append(other)
                source.append(place)
        return drawing, source

    def _fork(self, first: Reply) -> Reply:
        job = first.job
        index = len(job.sequences)
        rows = [self._twin_of(row, job.spare_slots.pop()) for row in first.rows]
        seed = draws.candidate_seed(job.seed, index)
        twin = rows[1] if len(rows) > 1 else None
        reply = Reply(job, index, seed, rows[0], twin, ReplyText(job.stops), Phase.WRITING)
        job.sequences.append(reply)
        self._replies.append(reply)
        self._begin(reply)
        return reply

    def _twin_of(self, row: Row, slot: int) -> Row:
        self.state.copy(row.slot, slot)
        return Row(slot, list(row.path), row.fed, row.target, row.origin, row.base)

    def _begin(self, reply: Reply) -> None:
        request = reply.job.request
        self.sampler.admit(
            reply.row.slot,
            request.sampling,
            reply.seed,
            context=(*request.history, *request.tokens),
            stop=request.stop,
        )

    def _has_read(self, reply: Reply, row: Row, count: int) -> None:
        """Note that ``row`` has read ``count`` more tokens, and what follows from it."""
        row.fed += count
        if reply.released:  # its job has failed in this very step
            return
        if reply.phase is Phase.SETTLING:
            if not row.remaining:
                self._finish(reply)
            return
        job = reply.job
        job.tokens_read += count
        self.tokens_read += count
        self.scheduler.usage.charge(job, count / 8)  # a token read costs about an eighth of a token written
        if row is reply.row and row.fed == min(job.request.cache_prefix, row.target) and job.request.state is None:
            row.base = Base(row.fed, self.state.take(row.slot))
            self.cache.put(row.path[: row.fed], self._some(row.base.state))
        self._read_up(reply)

    @staticmethod
    def _some(state: RowState | None) -> RowState:
        assert state is not None
        return state

    def _read_up(self, reply: Reply) -> None:
        """When all rows of ``reply`` stand before their last prompt token: write, or end where nothing is to be written."""
        if any(row.remaining for row in reply.rows):
            return
        row = reply.row
        if row.fed - row.base.fed >= _SNAPSHOT_EVERY:
            row.base = Base(row.fed, self.state.take(row.slot))
        job = reply.job
        job.written_from = self.clock()
        reply.phase = Phase.WRITING
        if job.request.sampling.max_tokens <= 0:
            while job.spare_slots:
                self._end(self._fork(reply), "length")
            self._end(reply, "length")
            return
        job.tokens_read += len(reply.rows)  # the last prompt token is fed with the first decode step
        self.tokens_read += len(reply.rows)
        self._begin(reply)

    def _commit(self, reply: Reply, token: int) -> None:
        """Take ``token`` into the reply; show the text that became certain; end it where it ends."""
        sampling = reply.job.request.sampling
        if token == END_OF_TEXT:
            self._end(reply, "eos")
            return
        data = self.vocabulary.bytes_of(token)
        reply.tokens.append(token)
        reply.texts.append(data)
        for row in reply.rows:
            row.path.append(token)
        text, stopped = reply.text.push(data)
        if text:
            self._events.append(Event(reply.job, Chunk(text=text, index=reply.index)))
        if stopped:
            self._end(reply, "stop")
        elif len(reply.tokens) >= sampling.max_tokens:
            self._end(reply, "length")
        elif reply.text.settled:
            reply.certain, reply.certain_bytes = len(reply.tokens), reply.text.written
            if reply.row.fed - reply.row.base.fed >= _SNAPSHOT_EVERY:
                reply.row.base = Base(reply.row.fed, self.state.take(reply.row.slot))

    # ---- how replies end

    def _end(self, reply: Reply, reason: FinishReason) -> None:
        """The text of ``reply`` is complete; lead its state back to the text's end and report it."""
        if reply.ended:
            return
        reply.ended = True
        reply.finish_reason = reason
        if reason == "eos" and (text := reply.text.flush()):
            self._events.append(Event(reply.job, Chunk(text=text, index=reply.index)))
        if reply.phase is Phase.READING:
            self._report(reply, None)
            return
        size = reply.text.released
        if size == reply.text.written:
            kept = reply.tokens
        else:
            start, done = reply.certain, reply.certain_bytes
            tail = tokens_of_text(reply.tokens[start:], reply.texts[start:], size - done, self.coder)
            kept = [*reply.tokens[:start], *tail]
        reply.kept = tuple(kept)
        self._settle(reply, [*reply.job.request.tokens, *kept])

    def _settle(self, reply: Reply, path: list[int]) -> None:
        """Bring the reply's slot to the state before the last token of ``path``, then finish."""
        if reply.twin is not None:
            self._free.append(reply.twin.slot)
            reply.twin = None
        row = reply.row
        target = len(path) - 1
        agreed = row.path[: row.fed] == path[: row.fed] if row.fed == target else False
        if not agreed:
            usable = row.base.fed <= target and row.path[: row.base.fed] == path[: row.base.fed]
            base = row.base if usable else row.origin
            self._restore(row.slot, base.state)
            row.fed = base.fed
        row.path = path
        row.target = target
        reply.phase = Phase.SETTLING
        if not row.remaining:
            self._finish(reply)

    def _finish(self, reply: Reply) -> None:
        self._report(reply, self.state.take(reply.row.slot))

    def _report(self, reply: Reply, state: RowState | None) -> None:
        job, now = reply.job, self.clock()
        written_from = job.written_from or now
        stats = Stats(
            tokens_read=job.tokens_read if reply.index == 0 else 0,
            tokens_cached=job.tokens_cached if reply.index == 0 else 0,
            tokens_written=len(reply.kept),
            queue_seconds=job.started - job.accepted,
            prefill_seconds=written_from - job.started,
            decode_seconds=now - written_from,
            seed=reply.seed,
        )
        handle = None if state is None else StateHandle(state, state.nbytes)
        chunk = Chunk(
            text="",
            index=reply.index,
            finish_reason=reply.finish_reason,
            tokens=reply.kept,
            state=handle,
            stats=stats,
        )
        self._events.append(Event(job, chunk))
        self.scheduler.usage.charge(job, len(reply.tokens))
        self._release(reply)
        job.finished += 1
        if job.finished >= job.request.n:
            self._retire(job)

    def _end_job(self, job: Job, reason: FinishReason) -> bool:
        """End all of ``job`` that has not ended; False if there was nothing."""
        if self.scheduler.remove(job):
            for index in range(job.request.n):
                stats = Stats(tokens_read=0, queue_seconds=self.clock() - job.accepted, seed=job.seed)
                self._events.append(Event(job, Chunk(text="", index=index, finish_reason=reason, stats=stats)))
            job.closed = True
            return True
        running = [reply for reply in job.sequences if not reply.ended]
        unborn = job.request.n - len(job.sequences)
        for reply in running:
            self._end(reply, reason)
        for index in range(job.request.n - unborn, job.request.n):
            stats = Stats(tokens_read=0, seed=draws.candidate_seed(job.seed, index))
            self._events.append(Event(job, Chunk(text="", index=index, finish_reason=reason, stats=stats)))
            job.finished += 1
        if job.finished >= job.request.n:
            self._retire(job)
        return bool(running)

    def _fail(self, job: Job, error: Exception) -> None:
        """End ``job`` with an error; the others go on."""
        if job in self.jobs:
            self._events.append(Event(job, error))
            self.drop(job)

    def _fail_all(self, error: Exception) -> None:
        for job in list(self.jobs):
            failure = EngineError("the model failed")
            failure.__cause__ = error
            self._fail(job, failure)

    def _release(self, reply: Reply) -> None:
        """Give the reply's slots back."""
        if reply.released:
            return
        reply.released = True
        self._replies.remove(reply)
        self.sampler.release(reply.row.slot)
        self._free.extend(row.slot for row in reply.rows)

    def _retire(self, job: Job) -> None:
        job.closed = True
        if job in self.jobs:
            self.jobs.remove(job)
            self._free.extend(job.spare_slots)
            job.spare_slots = []


def _alike(one: RowState, other: RowState) -> bool:
    """Whether the states belong to models of the same shape."""
    return {name: (t.shape, t.dtype) for name, t in one.tensors.items()} == {
        name: (t.shape, t.dtype) for name, t in other.tensors.items()
    }
