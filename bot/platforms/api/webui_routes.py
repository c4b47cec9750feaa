"""Endpoints that text-generation-webui adds to OpenAI's protocol."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse


class EncodeBody(BaseModel):
    """A text."""

    text: str = ""


class DecodeBody(BaseModel):
    """Tokens."""

    tokens: list[int] = []


def webui_routes(context: ApiContext) -> APIRouter:
    """Routes for the model, and for stopping."""
    router = APIRouter(prefix="/v1/internal")

    @router.get("/model/info")
    async def model_info(request: Request) -> Response:
        """text-generation-webui: the model."""
        await context.callers.of(request)
        return ApiResponse({"model_name": context.names.current, "lora_names": [], "loader": "roost"})

    @router.post("/stop-generation")
    async def stop(request: Request) -> Response:
        """text-generation-webui: end what is being written."""
        caller = await context.callers.of(request)
        await context.completions.core.engine.cancel(caller.user)
        return ApiResponse("OK")

    return router


def webui_token_routes(context: ApiContext) -> APIRouter:
    """Routes for converting between text and tokens."""
    router = APIRouter(prefix="/v1/internal")

    @router.post("/encode")
    async def encode(body: EncodeBody, request: Request) -> Response:
        """text-generation-webui: the tokens of a text."""
        await context.callers.of(request)
        tokens = await context.encode(body.text)
        return ApiResponse({"tokens": tokens, "length": len(tokens)})

    @router.post("/decode")
    async def decode(body: DecodeBody, request: Request) -> Response:
        """text-generation-webui: the text of tokens."""
        await context.callers.of(request)
        return ApiResponse({"text": context.decode(body.tokens)})

    @router.post("/token-count")
    async def count(body: EncodeBody, request: Request) -> Response:
        """text-generation-webui: count tokens."""
        await context.callers.of(request)
        return ApiResponse({"length": len(await context.encode(body.text))})

    return router
