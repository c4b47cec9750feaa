"""Counters and histograms for `status` and for Prometheus, with the standard library only."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
STEP_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
MAX_SERIES = 200  # label combinations per metric; further ones count as "other"


TOKEN_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A counter; with buckets a histogram; a gauge is read on demand."""

    help: str
    buckets: tuple[float, ...] = ()
    gauge: bool = False


# Names match vLLM's where both measure the same, so that dashboards can be reused.
METRICS: Mapping[str, Metric] = {
    "roost_events_total": Metric("What happened on the platforms, by platform and kind."),
    "roost_calls_total": Metric("Calls of commands, by command."),
    "roost_refusals_total": Metric("Calls that were refused, by the kind of error."),
    "roost_failures_total": Metric("Calls that failed by a defect or an accident."),
    "roost_answer_seconds": Metric("From an event to the end of its answer.", SECONDS),
    "roost_turns_total": Metric("Replies in conversations, by how they ended."),
    "roost_num_requests_running": Metric("Replies that are being read or written.", gauge=True),
    "roost_num_requests_waiting": Metric("Replies that wait for a free row.", gauge=True),
    "roost_rows_limit": Metric("Replies that can be written at the same time.", gauge=True),
    "roost_request_success_total": Metric("Replies of the model, by how they ended: error where they failed."),
    "roost_requests_deferred_total": Metric("Replies that gave their rows to others for a while."),
    "roost_step_rows": Metric("Rows that wrote or read in a step of the model.", ROWS),
    "roost_step_seconds": Metric("A step of the model.", STEP_SECONDS),
    "roost_prompt_tokens_total": Metric("Tokens that replies had to read."),
    "roost_generation_tokens_total": Metric("Tokens that were written."),
    "roost_request_queue_time_seconds": Metric("Replies: waiting for a free row.", SECONDS),
    "roost_request_prefill_time_seconds": Metric("Replies: reading.", SECONDS),
    "roost_request_decode_time_seconds": Metric("Replies: writing.", SECONDS),
    "roost_time_to_first_token_seconds": Metric("Replies: waiting and reading.", SECONDS),
    "roost_inter_token_latency_seconds": Metric("Replies: the mean time between two tokens.", TOKEN_SECONDS),
    "roost_e2e_request_latency_seconds": Metric("Replies: waiting, reading and writing.", SECONDS),
    "roost_prefix_cache_queries_total": Metric("States that were looked for to go on from."),
    "roost_prefix_cache_hits_total": Metric("Of these, those that were found, by where: memory or store."),
    "roost_replayed_tokens_total": Metric("Tokens that were read again because no state was kept."),
    "roost_states_held_bytes": Metric("States in memory.", gauge=True),
    "roost_state_write_seconds": Metric("Writing states to the store.", SECONDS),
    "roost_discord_requests_total": Metric("Requests to Discord, by the answer's status."),
    "roost_replica_retries_total": Metric("Replies that a second engine took over, by whether they had begun."),
    "roost_replica_misses_total": Metric("States that an engine no longer had and that were made again."),
}
Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Counts of values per bucket, with their number and sum."""

    __slots__ = ("bounds", "count", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * len(bounds)
        self.count = 0
        self.total = 0.0

    def add(self, value: float) -> None:
        """Add a value."""
        self.count += 1
        self.total += value
        if (place := bisect_left(self.bounds, value)) < len(self.bounds):
            self.counts[place] += 1


class Metrics:
    """The metrics of an app. Thread-safe."""

    def __init__(self, known: Mapping[str, Metric] = METRICS) -> None:
        self._known = known
        self._counters: dict[str, dict[Labels, float]] = {
            name: {} for name, each in known.items() if not each.buckets and not each.gauge
        }
        self._gauges: dict[str, Callable[[], float]] = {}
        self._histograms = {name: Histogram(each.buckets) for name, each in known.items() if each.buckets}
        self._lock = Lock()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter. Raises KeyError if METRICS does not have the name."""
        key: Labels = tuple(sorted(labels.items()))
        with self._lock:
            series = self._counters[name]
            if key not in series and len(series) >= MAX_SERIES:
                key = tuple((label, "other") for label, _ in key)
            series[key] = series.get(key, 0) + amount

    def observe(self, name: str, value: float) -> None:
        """Add a value to a histogram. Raises KeyError if METRICS does not have the name."""
        with self._lock:
            self._histograms[name].add(value)

    def read_from(self, name: str, read: Callable[[], float]) -> None:
        """Set the source of a gauge; ``read`` must be fast. Raises KeyError if ``name`` is not a gauge."""
        if not self._known[name].gauge:
            raise KeyError(name)
        self._gauges[name] = read

    def value(self, name: str, **labels: str) -> float:
        """Return a counter's value, summed over all its series if no labels are given."""
        with self._lock:
            series = self._counters[name]
            return series.get(tuple(sorted(labels.items())), 0) if labels else sum(series.values())

    def total(self, name: str) -> tuple[int, float]:
        """Return the number of a histogram's values and their sum."""
        with self._lock:
            histogram = self._histograms[name]
            return histogram.count, histogram.total

    def render(self) -> str:
        """Return everything in Prometheus' text format."""
        lines = []
        gauges = {name: read() for name, read in self._gauges.items()}
        with self._lock:
            for name, metric in self._known.items():
                lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {_kind(metric)}"]
                if metric.gauge:
                    lines += [f"{name} {gauges[name]:g}"] if name in gauges else []
                elif metric.buckets:
                    lines += _buckets(name, self._histograms[name])
                else:
                    lines += [f"{name}{_braces(key)} {value:g}" for key, value in sorted(self._counters[name].items())]
        return "\n".join(lines) + "\n"


def _kind(metric: Metric) -> str:
    return "gauge" if metric.gauge else "histogram" if metric.buckets else "counter"


def _buckets(name: str, histogram: Histogram) -> list[str]:
    lines, below = [], 0
    for bound, count in zip(histogram.bounds, histogram.counts, strict=True):
        below += count
        lines.append(f'{name}_bucket{{le="{bound:g}"}} {below}')
    lines.append(f'{name}_bucket{{le="+Inf"}} {histogram.count}')
    return [*lines, f"{name}_sum {histogram.total:g}", f"{name}_count {histogram.count}"]


def _braces(labels: Labels) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for _, value in labels)
    pairs = [f'{name}="{value}"' for (name, _), value in zip(labels, escaped, strict=True)]
    return "{" + ",".join(pairs) + "}" if pairs else ""
