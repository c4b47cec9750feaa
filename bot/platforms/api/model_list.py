"""``/v1/models``, and explicit errors for unsupported endpoints."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_errors import ApiError, ApiResponse
from bot.platforms.api.serving import Serving


def model_list_routes(serving: Serving) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/models")
    async def models(request: Request) -> Response:
        """The models that may be named."""
        caller = await serving.callers.of(request)
        names = [name for name in await serving.names.names() if not caller.key.models or name in caller.key.models]
        return ApiResponse({"object": "list", "data": [serving.names.entry(name) for name in names]})

    @router.get("/v1/models/{name:path}")
    async def model(name: str, request: Request) -> Response:
        """One of them."""
        caller = await serving.callers.of(request)
        caller.check_model(name)
        await serving.names.template(name)
        return ApiResponse(serving.names.entry(name))

    return router


def refused_routes(serving: Serving) -> APIRouter:
    """Known endpoints that are not supported here."""
    router = APIRouter()

    @router.delete("/v1/models/{name:path}")
    async def delete(name: str, request: Request) -> Response:
        """Refused: models are files of the owner's."""
        await serving.callers.of(request)
        await serving.names.template(name)
        message = f'"{name[:100]}" cannot be deleted by a program. Its owner can remove the file.'
        raise ApiError(403, "not_allowed", message, param="model")

    @router.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        """Refused: the model makes none."""
        await serving.callers.of(request)
        raise ApiError(400, "unsupported", "This model writes text and makes no embeddings.", param="model")

    @router.post("/v1/responses/compact")
    async def compact(request: Request) -> Response:
        """Refused: a state has one size however long the chat is."""
        await serving.callers.of(request)
        raise ApiError(404, "unsupported", "A state has one size however long the chat is: nothing is to be compacted.")

    return router
