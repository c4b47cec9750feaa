"""llama.cpp's own protocol: ``/completion``, ``/tokenize``, ``/detokenize``, ``/props``."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.engine.types import TokenScore
from bot.platforms.api.api_context import ApiContext, Piece
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import Event, TextEvents, event_response, while_connected
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.api.native_body import NativeAnswer, NativeBody, whole_answer
from bot.platforms.api.score_fields import native_scores

STOP_TYPES = {"eos": "eos", "stop": "word", "length": "limit", "timeout": "limit", "cancelled": "none"}


class TextBody(BaseModel):
    """A text."""

    content: str = ""


class TokensBody(BaseModel):
    """Tokens."""

    tokens: list[int] = []


def llama_cpp_routes(context: ApiContext) -> APIRouter:
    """The route that generates text."""
    router = APIRouter()

    @router.post("/completion")
    async def complete(body: NativeBody, request: Request) -> Response:
        """llama.cpp: go on with a text."""
        caller = await context.caller(request)
        wanted = body.completion(context, caller, context.config.max_tokens)
        if body.stream:
            texts = TextEvents()
            direct = DirectEvents(lambda chunk: None if chunk.scores else texts.encode("", chunk.text, _event))
            return event_response(_events(context.pieces(caller, wanted, direct=direct), context), direct.open)
        answer = await while_connected(request, whole_answer(context.pieces(caller, wanted)))
        return ApiResponse({**_last(answer, context), "content": "".join(answer.text), **_scores(answer.scores)})

    return router


def llama_cpp_token_routes(context: ApiContext) -> APIRouter:
    """Routes that do not generate text."""
    router = APIRouter()

    @router.post("/tokenize")
    async def tokenize(body: TextBody, request: Request) -> Response:
        """llama.cpp: the tokens of a text."""
        await context.callers.of(request)
        return ApiResponse({"tokens": await context.encode(body.content)})

    @router.post("/detokenize")
    async def detokenize(body: TokensBody, request: Request) -> Response:
        """llama.cpp: the text of tokens."""
        await context.callers.of(request)
        return ApiResponse({"content": context.decode(body.tokens)})

    @router.get("/props")
    async def properties(request: Request) -> Response:
        """llama.cpp: what the server can do."""
        await context.callers.of(request)
        settings = {"n_ctx": context.config.max_prompt_tokens}
        told = {"default_generation_settings": settings, "total_slots": 1, "model_path": context.names.current}
        return ApiResponse({**told, "chat_template": "", "build_info": "roost"})

    return router


async def _events(pieces: AsyncGenerator[Piece], context: ApiContext) -> AsyncGenerator[Event]:
    answer = NativeAnswer()
    async with aclosing(pieces):
        async for piece in pieces:
            answer.take(piece)
            if answer.finish is None:
                yield {**_event(piece.chunk.text), **_scores(piece.chunk.scores)}
            else:
                yield {**_last(answer, context), "content": piece.chunk.text, **_scores(piece.chunk.scores)}


def _event(text: str) -> Event:
    return {"content": text, "stop": False, "index": 0}


def _scores(scores: Sequence[TokenScore]) -> Event:
    return {"completion_probabilities": native_scores(scores)} if scores else {}


def _last(answer: NativeAnswer, context: ApiContext) -> Event:
    return {
        "index": 0, "stop": True, "stop_type": STOP_TYPES[answer.finish or "cancelled"], "truncated": False,
        "model": context.names.current, "tokens_predicted": answer.usage.written,
        "tokens_evaluated": answer.usage.read, "tokens_cached": answer.usage.cached,
    }  # fmt: skip
