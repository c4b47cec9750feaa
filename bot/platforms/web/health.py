"""/healthz: the program runs. /readyz: the model answers."""

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from bot.platforms.web.route_context import Site


def health_routes(site: Site) -> APIRouter:
    """The routes for watchers and load balancers."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthy() -> Response:
        return JSONResponse({"status": "ok"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> Response:
        status = site.engine_status()
        values = {
            "status": status.state,
            "rows_running": status.rows_running,
            "rows_limit": status.rows_limit,
            "queue_length": status.queue_length,
            "pages_open": len(site.live),
        }
        if status.state == "ready":
            return JSONResponse(values)
        return JSONResponse(values, 503, headers={"Retry-After": "2"})

    return router
