"""KoboldCpp's protocol, for role-play clients."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_context import ApiContext, Piece
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import NAME, Event, TextEvents, event_response, while_connected
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.api.native_body import NativeAnswer, NativeBody, channel_of, whole_answer
from bot.platforms.api.request_fields import FINISH

DEFAULT_TOKENS = 80
API_VERSION = "1.2.5"
PROGRAM = {"result": "KoboldCpp", "version": "1.95", "protected": False, "txt2img": False, "vision": False}


class CountBody(BaseModel):
    """A text whose tokens are counted."""

    prompt: str = ""


class AbortBody(BaseModel):
    """Which generation is to be ended."""

    genkey: Annotated[str, Field(max_length=64)] = ""


def kobold_routes(context: ApiContext) -> APIRouter:
    """Routes that generate text."""
    router = APIRouter()

    @router.post("/api/v1/generate")
    async def generate(body: NativeBody, request: Request) -> Response:
        """KoboldCpp: go on with a text."""
        caller = await context.caller(request)
        pieces = context.pieces(caller, body.completion(context, caller, DEFAULT_TOKENS))
        answer = await while_connected(request, whole_answer(pieces))
        return ApiResponse({"results": [_result(answer)]})

    @router.post("/api/extra/generate/stream")
    async def stream(body: NativeBody, request: Request) -> Response:
        """KoboldCpp: the same in pieces."""
        caller = await context.caller(request)
        texts = TextEvents()
        direct = DirectEvents(lambda chunk: texts.encode("", chunk.text, _event))
        pieces = context.pieces(caller, body.completion(context, caller, DEFAULT_TOKENS), direct=direct)
        return event_response(_events(pieces), direct.open)

    @router.post("/api/extra/abort")
    async def abort(body: AbortBody, request: Request) -> Response:
        """KoboldCpp: end what is being written."""
        caller = await context.callers.of(request)
        channel = channel_of(caller, body.genkey) or caller.user
        ended = await context.completions.core.engine.cancel(channel)
        return ApiResponse({"success": "true" if ended else "false", "done": "true"})

    return router


def kobold_info_routes(context: ApiContext) -> APIRouter:
    """Routes with fixed information about the server."""
    router = APIRouter()
    fixed: dict[str, dict[str, object]] = {
        "/api/v1/info/version": {"result": API_VERSION},
        "/api/extra/version": dict(PROGRAM),
        "/api/v1/config/max_length": {"value": context.config.max_tokens},
        "/api/v1/config/max_context_length": {"value": context.config.max_prompt_tokens},
        "/api/extra/true_max_context_length": {"value": context.config.max_prompt_tokens},
    }

    def tell(path: str, told: dict[str, object]) -> None:
        async def answer(request: Request) -> Response:
            await context.callers.of(request)
            return ApiResponse(told)

        router.add_api_route(path, answer, methods=["GET"], description="KoboldCpp: what the server can do.")

    for path, told in fixed.items():
        tell(path, told)

    return router


def kobold_model_routes(context: ApiContext) -> APIRouter:
    """Routes for the model's name and for token counts."""
    router = APIRouter()

    @router.get("/api/v1/model")
    async def model(request: Request) -> Response:
        """KoboldCpp: the model's name."""
        await context.callers.of(request)
        return ApiResponse({"result": f"koboldcpp/{context.names.current}"})

    @router.post("/api/extra/tokencount")
    async def count(body: CountBody, request: Request) -> Response:
        """KoboldCpp: count tokens."""
        await context.callers.of(request)
        ids = await context.encode(body.prompt)
        return ApiResponse({"value": len(ids), "ids": ids})

    return router


async def _events(pieces: AsyncGenerator[Piece]) -> AsyncGenerator[Event]:
    async with aclosing(pieces):
        async for piece in pieces:
            finish = piece.chunk.finish_reason
            yield _event(piece.chunk.text, FINISH[finish] if finish else None)


def _event(text: str, finish: str | None = None) -> Event:
    return {NAME: "message", "token": text, "finish_reason": finish}


def _result(answer: NativeAnswer) -> Event:
    return {
        "text": "".join(answer.text), "finish_reason": FINISH[answer.finish or "stop"],
        "prompt_tokens": answer.usage.read, "completion_tokens": answer.usage.written,
    }  # fmt: skip
