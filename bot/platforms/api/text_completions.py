"""``/v1/completions``."""

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.chat.completions import Completion
from bot.platforms.api.api_events import event_response, merged, while_connected
from bot.platforms.api.callers import Caller
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.serving import Serving
from bot.platforms.api.text_answer import TextAnswer
from bot.platforms.api.text_body import TextBody

DEFAULT_TOKENS = 16


def text_completion_routes(serving: Serving) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.post("/v1/completions")
    async def complete(body: TextBody, request: Request) -> Response:
        caller = await serving.caller(request, body.model)
        body.check()
        wanted = _completions(body, caller, serving)
        sources = [serving.pieces(caller, each, place) for place, each in enumerate(wanted)]
        pieces = sources[0] if len(sources) == 1 else merged(sources)
        echoes = [_text(each, serving) for each in wanted] if body.echo else []
        answer = TextAnswer(body.model or serving.names.current, serving.fingerprint, n=body.n or 1, echoes=echoes)
        if body.stream:
            return await event_response(answer.events(pieces, usage=body.includes_usage))
        return JSONResponse(await while_connected(request, answer.whole(pieces)))

    return router


def _completions(body: TextBody, caller: Caller, serving: Serving) -> list[Completion]:
    under = serving.completions.core.settings.sampling
    sampling = read_sampling(body.others, under, most=serving.config.max_tokens, default=DEFAULT_TOKENS)
    prompts = body.prompts()
    for prompt in prompts:
        if not isinstance(prompt, str):
            serving.completions.check_tokens(prompt)
    plain = Completion(
        sampling=sampling, stop=body.stops(), n=body.n or 1, caller=caller.key.name, address=caller.address
    )
    return [
        replace(plain, text=prompt) if isinstance(prompt, str) else replace(plain, tokens=prompt) for prompt in prompts
    ]


def _text(wanted: Completion, serving: Serving) -> str:
    return serving.completions.core.engine.coder.decode(wanted.tokens) if wanted.tokens else wanted.text
