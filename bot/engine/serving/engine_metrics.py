"""What the engine counts."""

from bot.engine.types import Chunk, Stats
from bot.metrics import Metrics


class EngineMetrics:
    """The registry's metrics of the engine."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def stepped(self, rows: int, seconds: float) -> None:
        """A step in which so many rows wrote or read."""
        self._metrics.observe("roost_step_rows", rows)
        self._metrics.observe("roost_step_seconds", seconds)

    def put_aside(self, jobs: int) -> None:
        self._metrics.count("roost_put_aside_total", jobs)

    def delivered(self, result: Chunk | Exception) -> None:
        """Count a reply by its last chunk, or by its failure."""
        if isinstance(result, Exception):
            self._metrics.count("roost_replies_total", end="error")
        elif result.finish_reason is not None:
            self._metrics.count("roost_replies_total", end=result.finish_reason)
            if result.stats is not None:
                self._count(result.stats)

    def _count(self, stats: Stats) -> None:
        self._metrics.count("roost_tokens_read_total", stats.tokens_read)
        self._metrics.count("roost_tokens_written_total", stats.tokens_written)
        self._metrics.observe("roost_queue_seconds", stats.queue_seconds)
        self._metrics.observe("roost_prefill_seconds", stats.prefill_seconds)
        self._metrics.observe("roost_decode_seconds", stats.decode_seconds)
