"""Spans of a message and of the model's reply to it."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import ProxyTracerProvider

from bot import tracing
from bot.tracing import begin, spanned
from tests.commands.talking import talking


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    configured = SimpleNamespace(
        get_tracer=provider.get_tracer, get_tracer_provider=lambda: provider, ProxyTracerProvider=ProxyTracerProvider
    )
    monkeypatch.setattr(tracing, "api", configured)
    return exporter


async def test_what_begins_in_a_tasks_of_the_block_lies_within(exporter: InMemorySpanExporter) -> None:
    async def reply() -> None:
        end = begin("chat demo", {"gen_ai.provider.name": "rwkv"})
        await asyncio.sleep(0)
        end({"gen_ai.usage.output_tokens": 3})

    with spanned("said", {"roost.platform": "test"}):
        await asyncio.create_task(reply())
    inner, outer = exporter.get_finished_spans()
    assert (inner.name, outer.name) == ("chat demo", "said")
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id
    assert dict(inner.attributes or {}) == {"gen_ai.provider.name": "rwkv", "gen_ai.usage.output_tokens": 3}


def test_without_the_api_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "api", None)
    with spanned("said", {}):
        begin("chat", {})({"a": 1})


async def test_a_message_is_a_span_without_its_words(exporter: InMemorySpanExporter, tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("a secret word")
    (span,) = exporter.get_finished_spans()
    assert span.name == "roost event"
    attributes = dict(span.attributes or {})
    assert attributes.pop("roost.request")
    assert attributes == {"roost.platform": "test", "roost.kind": "said"}
