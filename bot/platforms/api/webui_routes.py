"""Endpoints that text-generation-webui adds to OpenAI's protocol."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.serving import Serving


class EncodeBody(BaseModel):
    """A text."""

    text: str = ""


class DecodeBody(BaseModel):
    """Tokens."""

    tokens: list[int] = []


def webui_routes(serving: Serving) -> APIRouter:
    """Routes for the model, and for stopping."""
    router = APIRouter(prefix="/v1/internal")

    @router.get("/model/info")
    async def model_info(request: Request) -> Response:
        """text-generation-webui: the model."""
        await serving.callers.of(request)
        return ApiResponse({"model_name": serving.names.current, "lora_names": [], "loader": "roost"})

    @router.post("/stop-generation")
    async def stop(request: Request) -> Response:
        """text-generation-webui: end what is being written."""
        caller = await serving.callers.of(request)
        await serving.completions.core.engine.cancel(caller.user)
        return ApiResponse("OK")

    return router


def webui_token_routes(serving: Serving) -> APIRouter:
    """Routes for converting between text and tokens."""
    router = APIRouter(prefix="/v1/internal")

    @router.post("/encode")
    async def encode(body: EncodeBody, request: Request) -> Response:
        """text-generation-webui: the tokens of a text."""
        await serving.callers.of(request)
        tokens = await serving.encode(body.text)
        return ApiResponse({"tokens": tokens, "length": len(tokens)})

    @router.post("/decode")
    async def decode(body: DecodeBody, request: Request) -> Response:
        """text-generation-webui: the text of tokens."""
        await serving.callers.of(request)
        return ApiResponse({"text": serving.decode(body.tokens)})

    @router.post("/token-count")
    async def count(body: EncodeBody, request: Request) -> Response:
        """text-generation-webui: count tokens."""
        await serving.callers.of(request)
        return ApiResponse({"length": len(await serving.encode(body.text))})

    return router
