"""Counts requests to Discord by status, to reveal rate limiting (429)."""

from types import SimpleNamespace

import aiohttp

from bot.metrics import Metrics


def request_count(metrics: Metrics) -> aiohttp.TraceConfig:
    """Return an aiohttp trace that counts requests, including those without a response."""

    async def answered(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        metrics.count("roost_discord_requests_total", status=str(end.response.status))

    async def failed(_: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestExceptionParams) -> None:
        metrics.count("roost_discord_requests_total", status="none")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(failed)
    return trace
