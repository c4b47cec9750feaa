"""The engine's metrics."""

from bot.engine.types import Chunk, Stats
from bot.metrics import Metrics


class EngineMetrics:
    """Updates the engine's metrics in the registry."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def stepped(self, rows: int, seconds: float) -> None:
        """Record a step in which ``rows`` rows wrote or read."""
        self._metrics.observe("roost_step_rows", rows)
        self._metrics.observe("roost_step_seconds", seconds)

    def preempted(self, jobs: int) -> None:
        self._metrics.count("roost_requests_deferred_total", jobs)

    def delivered(self, result: Chunk | Exception) -> None:
        """Count a reply by its last chunk, or by its failure."""
        if isinstance(result, Exception):
            self._metrics.count("roost_request_success_total", finished_reason="error")
        elif result.finish_reason is not None:
            self._metrics.count("roost_request_success_total", finished_reason=result.finish_reason)
            if result.stats is not None:
                self._count(result.stats)

    def _count(self, stats: Stats) -> None:
        self._metrics.count("roost_prompt_tokens_total", stats.tokens_read)
        self._metrics.count("roost_generation_tokens_total", stats.tokens_written)
        self._metrics.observe("roost_request_queue_time_seconds", stats.queue_seconds)
        self._metrics.observe("roost_request_prefill_time_seconds", stats.prefill_seconds)
        self._metrics.observe("roost_request_decode_time_seconds", stats.decode_seconds)
        self._metrics.observe("roost_time_to_first_token_seconds", stats.queue_seconds + stats.prefill_seconds)
        total = stats.queue_seconds + stats.prefill_seconds + stats.decode_seconds
        self._metrics.observe("roost_e2e_request_latency_seconds", total)
        if stats.tokens_written:
            self._metrics.observe("roost_inter_token_latency_seconds", stats.decode_seconds / stats.tokens_written)
