"""Spans are exported to a collector over HTTP."""

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bot.cli.trace_export import exported_traces, make_provider
from bot.errors import ConfigError


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    heard: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", heard
        server.shutdown()
        thread.join()


def test_a_collector_gets_what_was_traced(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    endpoint, heard = collector
    provider = make_provider(endpoint)
    provider.get_tracer("roost").start_span("chat demo").end()
    provider.shutdown()
    ((path, body),) = heard
    assert path == "/v1/traces"
    assert b"chat demo" in body
    assert b"roost" in body


def test_nothing_is_needed_where_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with exported_traces(""):
        pass
    with pytest.raises(ConfigError, match=r"roost\[otel\]"), exported_traces("http://127.0.0.1:9/v1/traces"):
        pass
