"""The model's load over the last day: one sample per minute, in memory."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import psutil

from bot.engine.types import EngineStatus
from bot.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
MAX_SAMPLES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One minute."""

    time: float  # Unix time at its end
    tokens_per_second: float  # written
    rows: int  # replies being generated at its end
    waiting: int
    first_token_seconds: float | None  # mean over the replies that started, queueing and prefill; None if none did
    memory: int  # resident bytes of the process


class LoadHistory:
    """Takes samples while ``run`` runs. Samples older than a day are dropped."""

    def __init__(
        self, status: Callable[[], EngineStatus], metrics: Metrics, clock: Callable[[], float] = time.time
    ) -> None:
        self._status = status
        self._metrics = metrics
        self._clock = clock
        self._samples: deque[Sample] = deque(maxlen=MAX_SAMPLES)
        self._last = (clock(), status().tokens_written, *self._first_tokens())

    def take(self) -> None:
        status, now = self._status(), self._clock()
        count, seconds = self._first_tokens()
        then, written, old_count, old_seconds = self._last
        begun = count - old_count
        sample = Sample(
            time=now,
            tokens_per_second=max(0, status.tokens_written - written) / max(now - then, 0.001),  # another model: 0
            rows=status.rows_running,
            waiting=status.queue_length,
            first_token_seconds=(seconds - old_seconds) / begun if begun else None,
            memory=psutil.Process().memory_info().rss,
        )
        self._samples.append(sample)
        self._last = (now, status.tokens_written, count, seconds)

    def series(self) -> Mapping[str, Sequence[float | None]]:
        """Return the samples of every quantity, oldest first."""
        names = [field.name for field in fields(Sample)]
        rows = [astuple(sample) for sample in self._samples]
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}

    async def run(self) -> None:
        """Take a sample every minute until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                self.take()
            except Exception:  # one missing sample is better than no more samples
                log.exception("the load could not be measured")

    def _first_tokens(self) -> tuple[int, float]:
        """Return how many replies have started, and the total seconds until their first tokens."""
        count, waited = self._metrics.total("roost_request_queue_time_seconds")
        return count, waited + self._metrics.total("roost_request_prefill_time_seconds")[1]
