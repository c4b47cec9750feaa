"""Metrics for Prometheus, served on a separate port that need not be reachable by users."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.config.schema import MetricsSection
from bot.errors import UserError
from bot.metrics import Metrics
from bot.platforms.web.connections import BACKLOG, Connections
from bot.platforms.web.server import EmbeddedServer

PATH = "/metrics"
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
MAX_CONNECTIONS = 16  # a Prometheus server needs one


def metrics_application(metrics: Metrics) -> Starlette:
    """Build an application that answers GET and HEAD requests for ``PATH`` only."""

    async def page(_: Request) -> Response:
        return Response(metrics.render(), headers={"content-type": TEXT_FORMAT, "cache-control": "no-store"})

    return Starlette(routes=[Route(PATH, page, methods=["GET"])])


@asynccontextmanager
async def serve_metrics(settings: MetricsSection, metrics: Metrics) -> AsyncIterator[int]:
    """Serve the metrics while the context is open; yield the port. Raises UserError if it cannot be bound."""
    listener = await asyncio.to_thread(_listen, settings.host, settings.port)
    server = EmbeddedServer(metrics_application(metrics), Connections(MAX_CONNECTIONS))
    try:
        await server.start(listener)
        yield int(listener.getsockname()[1])
    finally:
        await server.stop()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        message = "[metrics] host, port: {host}:{port} cannot be used ({reason}). Set another host or port."
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(message, host=host, port=port, reason=reason) from error
    listener.setblocking(False)
    return listener
