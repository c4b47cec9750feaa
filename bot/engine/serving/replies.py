"""The running replies: how they start, grow by a token, end, and are reported."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bot.engine.sampling import random_stream
from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import END_OF_TEXT
from bot.engine.serving.drafts import Drafts
from bot.engine.serving.pool import Pool
from bot.engine.serving.sequence import NO_SLOT, READ_COST, Job, Phase, Reply, Row
from bot.engine.serving.stopping import ReplyText, tokens_of_text
from bot.engine.state import RowState
from bot.engine.types import Chunk, Coder, FinishReason, StateHandle, Stats, TokenScore

_CHARGE_EVERY = 16  # tokens
_SNAPSHOT_EVERY = 32  # tokens; at most this many are read again when a reply ends before its last token


class Event(NamedTuple):
    """One result of a step for the requester: a piece of a reply, or the reason why there will be none."""

    job: Job
    result: Chunk | Exception


class Replies:
    """All replies that occupy a row, and the events not collected yet."""

    def __init__(
        self,
        pool: Pool,
        sampler: Sampler,
        coder: Coder,
        clock: Callable[[], float],
        charge: Callable[[Job, float], None],
        *,
        guesses: bool = False,
    ) -> None:
        """``charge`` receives the number of tokens a job has written, reply by reply, however each one ends.

        ``guesses``: whether to guess ahead. The sampler has one slot for each row of the pool and one for each row
        that can be parked.
        """
        self.jobs: list[Job] = []
        self.parkable = pool.parkable  # number of replies that can still be parked
        self._sampler_slots = list(range(pool.state.slots + pool.parkable - 1, -1, -1))  # free slots of the sampler
        self.tokens_read = 0
        self._pool = pool
        self._sampler = sampler
        self._coder = coder
        self._clock = clock
        self._charge = charge
        self._guesses = guesses
        self._running: list[Reply] = []
        self._events: list[Event] = []

    def __iter__(self) -> Iterator[Reply]:
        return iter(self._running)

    @property
    def busy(self) -> bool:
        """Whether anything is running or waiting to be collected."""
        return bool(self.jobs or self._events)

    def collect(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    # ---- reading

    def start(self, job: Job) -> None:
        """Give ``job`` its rows and start reading. Errors of the pool propagate, and then no slot is kept."""
        request = job.request
        job.started = self._clock()
        row = self._pool.row(request.tokens, request.state)
        twin = None
        if request.guidance is not None:
            try:
                twin = self._pool.row(request.guidance.tokens, request.guidance.state)
            except BaseException:
                self._pool.release([row.slot])
                raise
        reply = Reply(job, 0, job.seed, row, twin, ReplyText(job.stops))
        job.spare_slots = self._pool.reserve(job.rows_needed - len(reply.rows))
        self.jobs.append(job)
        self._add(reply)
        self._read_up(reply)

    def has_read(self, reply: Reply, row: Row, count: int) -> None:
        """Record that ``row`` has read ``count`` tokens, and advance its reply."""
        if reply.released:  # its job failed in this step
            return
        if reply.phase is Phase.SETTLING:
            if not row.remaining:
                self._report(reply, self._pool.take(row))
            return
        job = reply.job
        job.slice_tokens += count / READ_COST
        job.tokens_read += count
        self.tokens_read += count
        self._read_up(reply)

    def _read_up(self, reply: Reply) -> None:
        """Once every row has read up to its last prompt token: start writing, or end if there is nothing to write."""
        if any(row.remaining for row in reply.rows):
            return
        row, job = reply.row, reply.job
        if row.fed - row.checkpoint.fed >= _SNAPSHOT_EVERY:
            self._pool.snapshot(row)
        job.written_from = self._clock()
        self._begin(reply)
        if job.request.sampling.max_tokens > 0:
            job.tokens_read += len(reply.rows)  # the last prompt token is fed with the first decode step
            self.tokens_read += len(reply.rows)
            return
        for one in self.forked([reply])[0]:
            self._end(one, "length")

    # ---- writing

    def _begin(self, reply: Reply) -> None:
        request = reply.job.request
        reply.phase = Phase.WRITING
        start = RowStart(
            params=request.sampling,
            context=(*request.history, *request.tokens),
            stop=request.stop,
            forced=request.forced,
            grammar=request.grammar,
        )
        if self._guesses and reply.twin is None:
            reply.drafts = Drafts.after(start.context)
        reply.sampler_slot = self._sampler_slots.pop()
        self._sampler.admit(reply.sampler_slot, start, reply.seed)

    def forked(self, writing: list[Reply]) -> tuple[list[Reply], list[int]]:
        """Fork jobs that have just read their prompt into n candidates.

        Returns the replies, new ones included, and for each the index in ``writing`` of the reply whose logits it
        uses.
        """
        replies: list[Reply] = []
        source: list[int] = []
        for place, reply in enumerate(writing):
            replies.append(reply)
            while reply.job.spare_slots:
                replies.append(self._fork(reply))
            source += [place] * (len(replies) - len(source))
        return replies, source

    def _fork(self, first: Reply) -> Reply:
        job = first.job
        index = len(job.replies)
        rows = [self._pool.copy(row, job.spare_slots.pop()) for row in first.rows]
        twin = rows[1] if len(rows) > 1 else None
        seed = random_stream.candidate_seed(job.seed, index)
        reply = Reply(job, index, seed, rows[0], twin, ReplyText(job.stops))
        self._add(reply)
        self._begin(reply)
        return reply

    def _add(self, reply: Reply) -> None:
        reply.job.replies.append(reply)
        self._running.append(reply)

    def commit(self, reply: Reply, token: int, score: TokenScore | None = None) -> None:
        """Append ``token`` to the reply, emit the text that is now final, and end the reply where it ends."""
        if token == END_OF_TEXT and len(reply.tokens) >= len(reply.job.request.forced):
            self._end(reply, "eos")
            return
        data = self._sampler.vocabulary.bytes_of(token)
        reply.tokens.append(token)
        reply.texts.append(data)
        if score is not None:
            reply.scores.append(score)
        for row in reply.rows:
            row.path.append(token)
        if reply.drafts is not None:
            reply.drafts.write(token)
        reply.job.slice_tokens += 1
        if len(reply.tokens) - reply.charged >= _CHARGE_EVERY:
            self._charge_for(reply)
        text, stopped = reply.text.push(data)
        self._show(reply, text)
        if stopped:
            self._end(reply, "stop")
        elif len(reply.tokens) >= reply.job.request.sampling.max_tokens:
            self._end(reply, "length")
        elif reply.text.settled:
            reply.certain, reply.certain_bytes = len(reply.tokens), reply.text.written
            row = reply.row
            if (
                row.fed < len(row.path) and row.fed - row.checkpoint.fed >= _SNAPSHOT_EVERY
            ):  # no guess is ahead of the text
                self._pool.snapshot(row)

    def _show(self, reply: Reply, text: str) -> None:
        if text:
            scores = self._new_scores(reply, reply.text.released)
            self._events.append(Event(reply.job, Chunk(text=text, index=reply.index, scores=scores)))

    @staticmethod
    def _new_scores(reply: Reply, size: int) -> tuple[TokenScore, ...]:
        """Return the scores, not reported yet, of the tokens that end within the first ``size`` bytes."""
        begin = reply.scored
        while reply.scored < len(reply.scores) and reply.scored_bytes + len(reply.texts[reply.scored]) <= size:
            reply.scored_bytes += len(reply.texts[reply.scored])
            reply.scored += 1
        return tuple(reply.scores[begin : reply.scored])

    # ---- parking

    def preempt(self, job: Job) -> None:
        """Park ``job``: save its states and give its rows back. :meth:`go_on` restores them bit for bit."""
        for reply in job.replies:
            if not reply.released:
                reply.parked = tuple(self._pool.park(row) for row in reply.rows)
                self._running.remove(reply)
                self.parkable -= 1
        job.spare_parked = len(job.spare_slots)
        self._pool.release(job.spare_slots)
        job.spare_slots = []
        self.jobs.remove(job)

    def resume(self, job: Job) -> None:
        """Resume a parked job. Errors of the pool propagate."""
        job.slice_tokens = 0.0
        self.jobs.append(job)
        for reply in job.replies:
            if reply.parked is not None and not reply.released:
                for row, state in zip(reply.rows, reply.parked, strict=True):
                    self._pool.unpark(row, state)
                reply.parked = None
                self._running.append(reply)
                self.parkable += 1
        job.spare_slots = self._pool.reserve(job.spare_parked)
        job.spare_parked = 0

    # ---- ending

    def end_job(self, job: Job, reason: FinishReason) -> bool:
        """End the replies of ``job`` that are still running; False if there were none."""
        running = [reply for reply in job.replies if not reply.ended]
        unborn = range(len(job.replies), job.request.n)
        for reply in running:
            self._end(reply, reason)
        for index in unborn:
            self._report_unread(job, index, reason)
        return bool(running)

    def end_waiting(self, job: Job, reason: FinishReason) -> None:
        """Report the end of a job that never started."""
        for index in range(job.request.n):
            self._report_unread(job, index, reason)

    def _end(self, reply: Reply, reason: FinishReason) -> None:
        """Finish the text, bring the state back to the end of the text, then report."""
        reply.ended = True
        reply.finish_reason = reason
        if reply.phase is Phase.READING:
            self._report(reply, None)
            return
        if reason == "eos":
            self._show(reply, reply.text.flush())
        reply.kept = tuple(self._tokens_of(reply))
        if reply.parked is not None:
            self._report(reply, self._parked_state(reply))
            return
        self._settle(reply, [*reply.job.request.tokens, *reply.kept])

    @staticmethod
    def _parked_state(reply: Reply) -> RowState | None:
        """Return the parked state if it is the one before the last token: without a row, nothing can be replayed."""
        path = [*reply.job.request.tokens, *reply.kept]
        row = reply.row
        fits = row.fed == len(path) - 1 and row.path[: row.fed] == path[: row.fed]
        return reply.parked[0] if reply.parked and fits else None

    def _tokens_of(self, reply: Reply) -> list[int]:
        """Return the tokens of exactly the text that was emitted."""
        size = reply.text.released
        if size == reply.text.written:
            return reply.tokens
        start = reply.certain
        tail = tokens_of_text(reply.tokens[start:], reply.texts[start:], size - reply.certain_bytes, self._coder)
        return reply.tokens[:start] + tail

    def _settle(self, reply: Reply, path: list[int]) -> None:
        """Bring the row to the state before the last token of ``path``, replaying from a snapshot if it is ahead."""
        if reply.twin is not None:
            self._pool.release([reply.twin.slot])
            reply.twin = None
        row = reply.row
        target = len(path) - 1
        if row.fed > target or row.path[: row.fed] != path[: row.fed]:
            usable = row.checkpoint.fed <= target and row.path[: row.checkpoint.fed] == path[: row.checkpoint.fed]
            self._pool.restore(row, row.checkpoint if usable else row.origin)
        row.path, row.target = path, target
        reply.phase = Phase.SETTLING
        if not row.remaining:
            self._report(reply, self._pool.take(row))

    def _report(self, reply: Reply, state: RowState | None) -> None:
        job, now = reply.job, self._clock()
        written_from = job.written_from or now
        stats = Stats(
            tokens_read=job.tokens_read if reply.index == 0 else 0,  # the candidates share one prompt
            tokens_written=len(reply.kept),
            queue_seconds=job.started - job.accepted,
            prefill_seconds=written_from - job.started,
            decode_seconds=now - written_from,
            seed=reply.seed,
        )
        chunk = Chunk(
            text="",
            index=reply.index,
            finish_reason=reply.finish_reason,
            tokens=reply.kept,
            scores=self._new_scores(reply, reply.text.released),
            state=None if state is None else StateHandle(state, state.nbytes),
            stats=stats,
        )
        self._events.append(Event(job, chunk))
        self._release(reply)
        self._count_finished(job)

    def _report_unread(self, job: Job, index: int, reason: FinishReason) -> None:
        waited = (job.started or self._clock()) - job.accepted
        stats = Stats(tokens_read=0, queue_seconds=waited, seed=random_stream.candidate_seed(job.seed, index))
        self._events.append(Event(job, Chunk(text="", index=index, finish_reason=reason, stats=stats)))
        self._count_finished(job)

    def _count_finished(self, job: Job) -> None:
        job.finished += 1
        if job.finished >= job.request.n:
            self._close(job)

    # ---- failing

    def drop(self, job: Job) -> None:
        """Discard ``job`` without reporting anything."""
        for reply in job.replies:
            reply.ended = True
            self._release(reply)
        self._close(job)

    def fail(self, job: Job, error: Exception) -> None:
        """End ``job`` with an error; other jobs are not affected."""
        if not job.closed:
            self._events.append(Event(job, error))
            self.drop(job)

    def fail_all(self, error: Exception) -> None:
        """End every running job with ``error`` after the model failed."""
        for job in tuple(self.jobs):
            self.fail(job, error)

    def _release(self, reply: Reply) -> None:
        """Give the reply's slots back; does nothing the second time."""
        if reply.released:
            return
        reply.released = True
        self._charge_for(reply)
        if reply.parked is None:
            self._running.remove(reply)
        else:
            self.parkable += 1
        if reply.sampler_slot != NO_SLOT:
            self._sampler.release(reply.sampler_slot)
            self._sampler_slots.append(reply.sampler_slot)
            reply.sampler_slot = NO_SLOT
        self._pool.release([row.slot for row in reply.rows])

    def _charge_for(self, reply: Reply) -> None:
        self._charge(reply.job, len(reply.tokens) - reply.charged)
        reply.charged = len(reply.tokens)

    def _close(self, job: Job) -> None:
        job.closed = True
        if job in self.jobs:
            self.jobs.remove(job)
            self._pool.release(job.spare_slots)
            job.spare_slots = []
