"""Prometheus reads the metrics over HTTP, on a separate port."""

import socket

import httpx
import pytest

from bot.config.schema import MetricsSection
from bot.errors import UserError
from bot.metrics import Metrics
from bot.platforms.web.metrics_page import PATH, TEXT_FORMAT, serve_metrics
from tests.waiting import PATIENCE


async def test_what_was_counted_is_read_over_http() -> None:
    metrics = Metrics()
    metrics.count("roost_calls_total", command="undo")
    async with (
        serve_metrics(MetricsSection(port=0), metrics) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        answer = await client.get(PATH)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == TEXT_FORMAT
        assert answer.text == metrics.render()
        assert 'roost_calls_total{command="undo"} 1\n' in answer.text
        metrics.count("roost_calls_total", command="undo")
        assert 'roost_calls_total{command="undo"} 2\n' in (await client.get(PATH)).text, "each time anew"
        assert (await client.get("/")).status_code == 404
        assert (await client.post(PATH)).status_code == 405
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()


async def test_the_port_can_be_used_again_at_once() -> None:
    async with serve_metrics(MetricsSection(port=0), Metrics()) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}{PATH}")).status_code == 200
    async with serve_metrics(MetricsSection(port=port), Metrics()) as again:
        assert again == port


async def test_a_busy_port_is_named() -> None:
    async with serve_metrics(MetricsSection(port=0), Metrics()) as port:
        with pytest.raises(UserError, match=rf"\[metrics\] host, port: 127\.0\.0\.1:{port}"):
            async with serve_metrics(MetricsSection(port=port), Metrics()):
                pass


@pytest.mark.parametrize("host", ["203.0.113.7", "::2", "x" * 300])
async def test_a_wrong_host_is_named(host: str) -> None:
    with pytest.raises(UserError, match=r"\[metrics\] host"):
        async with serve_metrics(MetricsSection(host=host, port=0), Metrics()):
            pass
