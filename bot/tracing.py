"""OpenTelemetry spans. They do nothing if its API is not installed or not configured.

Spans contain no text that people write.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

api: ModuleType | None
try:
    from opentelemetry import trace

    api = trace
except ImportError:  # the extra "otel" is not installed
    api = None

Value = str | int | float | bool
SECOND = 1_000_000_000


@contextmanager
def spanned(name: str, attributes: Mapping[str, Value]) -> Iterator[None]:
    """Trace the block. Spans started in it, including those in its tasks, become children."""
    if api is None:
        yield
        return
    with api.get_tracer("roost").start_as_current_span(name, attributes=dict(attributes)):
        yield


def begin(name: str, attributes: Mapping[str, Value]) -> Callable[[Mapping[str, Value]], None]:
    """Start a span that a generator may hold open. Call the result, with more attributes, to end it."""
    if api is None:
        return lambda _: None
    span = api.get_tracer("roost").start_span(name, attributes=dict(attributes), start_time=time.time_ns())

    def end(more: Mapping[str, Value]) -> None:
        span.set_attributes(dict(more))
        span.end()

    return end
