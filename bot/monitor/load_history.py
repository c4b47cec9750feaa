"""How busy the model was over the last day: one sample a minute, in memory."""

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
MOST_SAMPLES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One minute."""

    time: float  # Unix time of its end
    tokens_per_second: float  # written
    rows: int  # replies being written at its end
    waiting: int
    first_token_seconds: float | None  # of the replies that began: waiting and reading; None where none did
    memory: int  # bytes of the process


class LoadHistory:
    """Takes samples while ``run`` runs; older ones than a day are dropped."""

    def __init__(
        self, status: Callable[[], EngineStatus], metrics: Metrics, clock: Callable[[], float] = time.time
    ) -> None:
        self._status = status
        self._metrics = metrics
        self._clock = clock
        self._samples: deque[Sample] = deque(maxlen=MOST_SAMPLES)
        self._last = (clock(), status().tokens_written, *self._first_tokens())

    def take(self) -> None:
        """Take a sample."""
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
        """Every quantity's samples, the oldest first."""
        names = [field.name for field in fields(Sample)]
        rows = [astuple(sample) for sample in self._samples]
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}

    async def run(self) -> None:
        """Take a sample every minute, for ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                self.take()
            except Exception:  # a missing sample is better than none from now on
                log.exception("the load could not be measured")

    def _first_tokens(self) -> tuple[int, float]:
        """How many replies have begun, and the seconds that all of them waited for their first token."""
        count, waited = self._metrics.total("roost_request_queue_time_seconds")
        return count, waited + self._metrics.total("roost_request_prefill_time_seconds")[1]
