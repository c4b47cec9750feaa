"""Exports spans to a collector, if `[traces] endpoint` is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


@contextmanager
def exported_traces(endpoint: str) -> Iterator[None]:
    """Export spans while the context is open, flushing at the end. Raises ConfigError."""
    if not endpoint:
        yield
        return
    provider = make_provider(endpoint)
    from opentelemetry import trace

    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def make_provider(endpoint: str) -> "TracerProvider":
    """Return a provider that sends spans in batches by OTLP over HTTP. Raises ConfigError without the extra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        message = "{package} is not installed: pip install 'roost[otel]', or leave [traces] endpoint empty."
        raise ConfigError(message, package=error.name) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "roost"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    return provider
