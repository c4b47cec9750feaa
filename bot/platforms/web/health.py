"""/healthz: the process is up. /readyz: the model and the database respond."""

import asyncio
import logging

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from bot.platforms.web.route_context import Site

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds for the database


def health_routes(site: Site) -> APIRouter:
    """Build the routes for monitoring and load balancers."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthy() -> Response:
        return JSONResponse({"status": "ok"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> Response:
        status = site.engine_status()
        database = await _database_answers(site)
        values = {
            "status": status.state if database else "no database",
            "rows_running": status.rows_running,
            "rows_limit": status.rows_limit,
            "queue_length": status.queue_length,
            "pages_open": len(site.open_pages),
        }
        if status.state == "ready" and database:
            return JSONResponse(values)
        return JSONResponse(values, 503, headers={"Retry-After": "2"})

    return router


async def _database_answers(site: Site) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await site.values.get("health", "")
    except Exception as error:
        log.warning("not ready: the database does not answer (%s: %s)", type(error).__name__, error)
        return False
    return True
