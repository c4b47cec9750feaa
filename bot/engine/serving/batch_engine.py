"""The engine: one ``step()`` serves every row. It knows nothing of threads; ``worker`` calls it from the model's."""

import logging
import time
from collections.abc import Callable, Hashable
from itertools import accumulate

from bot.engine.models.loading import Model
from bot.engine.out_of_memory import is_out_of_memory, out_of_memory
from bot.engine.sampling import random_stream
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import vocabulary_of
from bot.engine.serving.drafts import MAX_ROWS
from bot.engine.serving.drawing import Drawing, Guesses
from bot.engine.serving.engine_metrics import EngineMetrics
from bot.engine.serving.fast_forward import MAX_SCORED, FastForward
from bot.engine.serving.guess_cost import GuessCost
from bot.engine.serving.meter import Meter
from bot.engine.serving.pool import Pool
from bot.engine.serving.prefill_budget import PrefillBudget, shares
from bot.engine.serving.replies import Event, Replies
from bot.engine.serving.request_checks import check_request
from bot.engine.serving.scheduler import Scheduler
from bot.engine.serving.sequence import READ_COST, Job, Phase, Reply, Row
from bot.engine.serving.stopping import StopStrings
from bot.engine.settings import EngineSettings
from bot.engine.state import RowState
from bot.engine.types import Coder, EngineError, FinishReason, Request, StateHandle
from bot.errors import ModelError
from bot.metrics import Metrics

LOG = logging.getLogger(__name__)
Reading = list[tuple[Reply, Row, int]]  # the rows that read in this step, and how many tokens each


class Engine:
    """A model, its pool of rows, and the jobs that use them."""

    def __init__(
        self,
        model: Model,
        coder: Coder,
        settings: EngineSettings,
        clock: Callable[[], float] = time.monotonic,
        *,
        metrics: Metrics | None = None,
    ) -> None:
        self.model = model
        self.coder = coder
        self.settings = settings
        self.clock = clock
        self.scheduler = Scheduler(settings.queue_limit, clock, rows=settings.rows)
        self.written = Meter(clock)
        self._metrics = EngineMetrics(metrics or Metrics())
        self._pool = Pool(model.new_state(settings.rows))
        vocabulary = vocabulary_of(coder, model.spec.vocab_size)  # type: ignore[arg-type]  # every object has a hash
        self.grammars = Grammars(coder, vocabulary)
        sampler_slots = settings.rows + self._pool.parkable
        self._sampler = Sampler(sampler_slots, vocabulary, standard_adjusters(sampler_slots, vocabulary, self.grammars))
        guesses, charge = settings.guess_ahead and model.reads_ahead, self.scheduler.usage.charge
        self._replies = Replies(self._pool, self._sampler, coder, clock, charge, guesses=guesses)
        self._drawing = Drawing(self._sampler, self._replies, self._pool, self.written)
        self._fast_forward = FastForward(self._sampler, enabled=settings.forced_at_once, reads_ahead=model.reads_ahead)
        self._prefill_budget = PrefillBudget(settings.latency_ms / 1000, settings.prefill_chunk)
        self._guess_cost = GuessCost()

    # ---- public interface

    @property
    def busy(self) -> bool:
        """Whether a step has anything to do."""
        return self._replies.busy or len(self.scheduler) > 0

    @property
    def rows_running(self) -> int:
        """Number of slots in use."""
        return self._pool.used

    @property
    def tokens_read(self) -> int:
        """Number of prompt tokens the model has read since it started."""
        return self._replies.tokens_read

    @property
    def initial(self) -> RowState:
        """The state in which every conversation begins."""
        return self._pool.state.initial

    def submit(self, request: Request) -> Job:
        """Accept ``request``. Raises ``Busy`` if the queue is full, ``InvalidOption`` if it cannot be run as asked."""
        check_request(request, self.model.spec.vocab_size, self.settings.rows)
        for handle in (request.state, request.guidance.state if request.guidance else None):
            if handle is not None:
                self._pool.state_of(handle)
        if request.grammar is not None:
            self.grammars.prepare(request.grammar)
        now = self.clock()
        timeout = self.settings.timeout if request.timeout is None else request.timeout
        job = Job(
            request=request,
            seed=random_stream.new_seed()
            if request.sampling.seed is None
            else random_stream.candidate_seed(request.sampling.seed, 0),
            accepted=now,
            deadline=None if timeout is None else now + timeout,
            stops=StopStrings(request.stop),
        )
        self._admit()  # jobs that can start right away do not count as waiting
        self.scheduler.submit(job)
        return job

    def cancel(self, channel: str) -> int:
        """End all replies of ``channel`` as "cancelled"; return the number of requests ended."""
        return sum(self._end(job, "cancelled") for job in self._jobs() if job.request.channel == channel)

    def cancel_all(self) -> None:
        """End every reply as "cancelled"."""
        for job in self._jobs():
            self._end(job, "cancelled")

    def drop(self, job: Job) -> None:
        """Drop ``job`` at once, without reporting anything: its requester is gone."""
        self.scheduler.remove(job)
        self._replies.drop(job)

    def exported(self, handle: StateHandle) -> RowState:
        """Return the state of ``handle``, in CPU memory."""
        return self._pool.state_of(handle).on_host()

    def step(self) -> list[Event]:
        """Schedule, forward, sample, commit: each writing row gets a token, each reading row a slice of its prompt."""
        self._expire()
        self._admit()
        writing, reading, known = self._schedule()
        for reply, count in known.items():
            self._write_forced(reply, count)
        writing = [reply for reply in writing if reply.phase is Phase.WRITING]
        if writing or reading:
            self._pass(writing, reading)
        events = self._replies.collect()
        for event in events:
            self._metrics.delivered(event.result)
        return events

    # ---- scheduling

    def _jobs(self) -> list[Job]:
        return [*self.scheduler, *self._replies.jobs]

    def _end(self, job: Job, reason: FinishReason) -> bool:
        if self.scheduler.remove(job) and not job.replies:
            self._replies.end_waiting(job, reason)
            return True
        return self._replies.end_job(job, reason)

    def _expire(self) -> None:
        now = self.clock()
        for job in self._jobs():
            if job.deadline is not None and now >= job.deadline:
                job.deadline = None
                self._end(job, "timeout")

    def _admit(self) -> None:
        replies = self._replies
        while admission := self.scheduler.next(self._pool.free, replies.jobs, parkable=replies.parkable):
            self._metrics.preempted(len(admission.preempted))
            for other in admission.preempted:
                replies.preempt(other)
                self.scheduler.requeue(other)
            job = admission.job
            try:
                replies.resume(job) if job.replies else replies.start(job)
            except Exception as error:  # the error belongs to this job alone, not to other requests or to the engine
                replies.fail(job, self._failure(error))

    def _schedule(self) -> tuple[list[Reply], Reading, dict[Reply, int]]:
        """Return the replies that write, the rows that read with their token counts, and the forced token counts."""
        writing = [reply for reply in self._replies if reply.phase is Phase.WRITING]
        waiting = [
            (reply, row)
            for reply in self._replies
            if reply.phase is not Phase.WRITING
            for row in reply.rows
            if row.remaining > 0
        ]
        known = self._fast_forward.known(writing)
        if not waiting and not known:
            return writing, [], {}
        budget = self._prefill_budget.budget(sum(len(reply.rows) for reply in writing))
        sizes = [row.remaining for _, row in waiting] + list(known.values())
        counts = shares(sizes, budget, [_reader(reply.job) for reply in (*[reply for reply, _ in waiting], *known)])
        reading = [(reply, row, count) for (reply, row), count in zip(waiting, counts, strict=False) if count]
        return writing, reading, dict(zip(known, counts[len(waiting) :], strict=True))

    def _failure(self, error: Exception) -> Exception:
        """The exception to report to the jobs whose rows are lost because of ``error``."""
        if isinstance(error, ModelError | EngineError):
            return error
        if is_out_of_memory(error):
            told = out_of_memory("the memory of a step", str(self.model.device))
            LOG.error("%s", told)
            return told
        failure = EngineError("the model has failed")
        failure.__cause__ = error
        return failure

    # ---- forward, sample, commit

    def _write_forced(self, reply: Reply, count: int) -> None:
        try:
            self._drawing.forced(reply, count)
        except Exception as error:  # no memory for the state of a reply that ends: the engine keeps running
            self._replies.fail(reply.job, self._failure(error))

    def _pass(self, writing: list[Reply], reading: Reading) -> None:
        """Run the model once for this step and commit the results."""
        begun, guesses, cost = time.perf_counter(), dict[Reply, list[int]](), None
        more = sum(len(row.path) - row.fed - 1 for reply in writing for row in reply.rows)
        try:
            # Guessing needs the logits of every token in the pass.
            if not reading and more <= MAX_SCORED and not any(reply.job.spare_slots or reply.twin for reply in writing):
                guesses = self._fast_forward.scored(writing)
                if not guesses:
                    cost = self._guess_cost.cost(len(writing))
                    guesses = self._guess(writing, cost)
            for reply in guesses:
                self._pool.save(reply.row)  # tokens that are not drawn must be rolled back
            self._write(writing, reading, guesses, cost)
            for reply, row, count in reading:
                self._has_read(reply, row, count)
        except Exception as error:  # the model failed: its rows are lost, but the engine keeps running
            self._replies.fail_all(self._failure(error))
        rows, seconds = sum(len(reply.rows) for reply in writing), time.perf_counter() - begun
        more += sum(map(len, guesses.values()))
        if not reading:
            self._guess_cost.observe(rows, more, seconds)
        self._prefill_budget.observe(rows, more + sum(count for _, _, count in reading), seconds)
        self._metrics.stepped(rows + len(reading), seconds)

    def _guess(self, writing: list[Reply], cost: float) -> dict[Reply, list[int]]:
        """Guess how a few replies continue."""
        guesses = {}
        for reply in writing if len(writing) <= MAX_ROWS else ():
            left = reply.job.request.sampling.max_tokens - len(reply.tokens) - 1
            if reply.drafts is not None and (guess := reply.drafts.guess(cost, left)):
                guesses[reply] = guess
        return guesses

    def _write(self, writing: list[Reply], reading: Reading, guesses: Guesses, cost: float | None) -> None:
        """Run one pass: writing rows read their last token and any guesses, reading rows their share of the prompt."""
        decode = [(row, reply) for reply in writing for row in reply.rows]
        pieces = [[*row.path[row.fed :], *guesses.get(reply, ())] for row, reply in decode]
        pieces += [row.path[row.fed : row.fed + count] for _, row, count in reading]
        slots = [row.slot for row, _ in decode] + [row.slot for _, row, _ in reading]
        tokens, lengths = [token for piece in pieces for token in piece], [len(piece) for piece in pieces]
        logits = self.model.forward(tokens, lengths, self._pool.state, slots, full_output=bool(guesses))
        for row, reply in decode:
            if reply not in guesses:
                row.fed = len(row.path)
        if not guesses:
            self._drawing.one_each(writing, logits_of(logits[: len(decode)]))
            return
        ends = accumulate(lengths)
        places = {reply: end - 1 - len(guesses.get(reply, ())) for (_, reply), end in zip(decode, ends, strict=True)}
        self._drawing.guessed(places, logits_of(logits), guesses, cost)

    def _has_read(self, reply: Reply, row: Row, count: int) -> None:
        row.fed += count
        if reply.phase is Phase.READING and not reply.released:
            self.scheduler.usage.charge(reply.job, count / READ_COST)
        self._replies.has_read(reply, row, count)


def _reader(job: Job) -> Hashable:
    """The owner whose share of prompt reading ``job`` uses: all prompts of one owner count as one."""
    request = job.request
    return request.address or request.user or request.channel or id(job)
