"""OpenTelemetry spans. They do nothing if its API is not installed or not configured.

Spans contain no text that people write.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import TYPE_CHECKING

api: ModuleType | None
try:
    from opentelemetry import trace

    api = trace
except ImportError:  # the extra "otel" is not installed
    api = None

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Value = str | int | float | bool
SECOND = 1_000_000_000


def spanned(name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:
    """Trace the block. Spans started in it, including those in its tasks, become children."""
    tracer = _tracer()
    return nullcontext() if tracer is None else tracer.start_as_current_span(name, attributes=dict(attributes))


def begin(name: str, attributes: Mapping[str, Value]) -> Callable[[Mapping[str, Value]], None]:
    """Start a span that a generator may hold open. Call the result, with more attributes, to end it."""
    tracer = _tracer()
    if tracer is None:
        return lambda _: None
    span = tracer.start_span(name, attributes=dict(attributes), start_time=time.time_ns())

    def end(more: Mapping[str, Value]) -> None:
        span.set_attributes(dict(more))
        span.end()

    return end


def _tracer() -> "Tracer | None":
    if api is None or isinstance(api.get_tracer_provider(), api.ProxyTracerProvider):  # not configured
        return None
    tracer: Tracer = api.get_tracer("roost")
    return tracer
