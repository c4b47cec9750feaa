"""Spaces the requests to Discord by its global rate limit, and counts them by status, which reveals rate limiting."""

from collections.abc import Callable
from types import SimpleNamespace

import aiohttp
from discord.http import Route
from yarl import URL

from bot.metrics import Metrics
from bot.platforms.line.request_budget import RequestBudget


def watched_requests(
    metrics: Metrics, budget: RequestBudget, application: Callable[[], int | None] = lambda: None
) -> aiohttp.TraceConfig:
    """Return an aiohttp trace that delays requests by ``budget`` and counts them, also those without a response.

    ``application`` returns the bot's application id, once it is known: answers to interactions have no global limit.
    """

    async def started(
        session: aiohttp.ClientSession, _: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        if is_limited(start.url, application()):
            await budget.take()
        if session.closed:  # while it waited; aiohttp looked before, and would fail with an AssertionError
            raise aiohttp.ClientConnectionError("the session was closed")

    async def answered(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        metrics.count("roost_discord_requests_total", status=str(end.response.status))

    async def failed(_: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestExceptionParams) -> None:
        metrics.count("roost_discord_requests_total", status="none")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(failed)
    return trace


def is_limited(url: URL, application: int | None) -> bool:
    """Return whether the request counts against the global limit."""
    path = str(url)
    if not path.startswith(Route.BASE):  # a file from the content delivery network, or the gateway
        return False
    return not path.removeprefix(Route.BASE).startswith(("/interactions/", f"/webhooks/{application}/"))
