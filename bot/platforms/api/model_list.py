"""``/v1/models``, and explicit errors for unsupported endpoints."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiError, ApiResponse


def model_list_routes(context: ApiContext) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/models")
    async def models(request: Request) -> Response:
        """The models that may be named."""
        caller = await context.callers.of(request)
        names = [name for name in await context.names.names() if not caller.key.models or name in caller.key.models]
        return ApiResponse({"object": "list", "data": [context.names.entry(name) for name in names]})

    @router.get("/v1/models/{name:path}")
    async def model(name: str, request: Request) -> Response:
        """One of them."""
        caller = await context.callers.of(request)
        caller.check_model(name)
        await context.names.template(name)
        return ApiResponse(context.names.entry(name))

    return router


def unsupported_routes(context: ApiContext) -> APIRouter:
    """Known endpoints that are not supported here."""
    router = APIRouter()

    @router.delete("/v1/models/{name:path}")
    async def delete(name: str, request: Request) -> Response:
        """Refused: models are files of the owner's."""
        await context.callers.of(request)
        await context.names.template(name)
        message = f'"{name[:100]}" cannot be deleted by a program. Its owner can remove the file.'
        raise ApiError(403, "not_allowed", message, param="model")

    @router.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        """Refused: the model makes none."""
        await context.callers.of(request)
        raise ApiError(400, "unsupported", "This model writes text and makes no embeddings.", param="model")

    @router.post("/v1/responses/compact")
    async def compact(request: Request) -> Response:
        """Refused: a state has one size however long the chat is."""
        await context.callers.of(request)
        raise ApiError(404, "unsupported", "A state has one size however long the chat is: nothing is to be compacted.")

    return router
