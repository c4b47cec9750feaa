"""``/v1/completions``."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.completions import Completion
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import event_response, merged, while_connected
from bot.platforms.api.callers import Caller
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.prompt_scores import with_prompt_scores
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.text_answer import Shape, TextAnswer
from bot.platforms.api.text_body import TextBody

DEFAULT_TOKENS = 16


def text_completion_routes(context: ApiContext) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/completions")
    async def complete(body: TextBody, request: Request) -> Response:
        """Go on with texts, or score them."""
        caller = await context.caller(request, body.model)
        body.check()
        wanted = _completions(body, caller, context)
        scored = bool(body.echo) and body.logprobs is not None
        echoes = [_text(each, context) for each in wanted] if body.echo and not scored else []
        shape = Shape(n=body.n or 1, drawn=wanted[0].n, echoes=echoes, scores=body.logprobs is not None)
        answer = TextAnswer(body.model or context.names.current, context.fingerprint, shape)
        direct = DirectEvents(answer.direct) if body.stream and len(wanted) == 1 and not scored else None
        run = partial(with_prompt_scores, context, caller) if scored else partial(context.pieces, caller, direct=direct)
        sources = [run(each, place) for place, each in enumerate(wanted)]
        pieces = sources[0] if len(sources) == 1 else merged(sources)
        if body.stream:
            return event_response(
                answer.events(pieces, usage=body.includes_usage), direct.open if direct is not None else None
            )
        return ApiResponse(await while_connected(request, answer.whole(pieces)))

    return router


def _completions(body: TextBody, caller: Caller, context: ApiContext) -> list[Completion]:
    under = context.completions.core.settings.sampling
    sampling = read_sampling(body.others, under, most=context.config.max_tokens, default=DEFAULT_TOKENS)
    prompts, drawn = body.prompts(), max(body.n or 1, body.best_of or 1)
    scores = 0 if body.logprobs is None and drawn > (body.n or 1) else body.logprobs
    for prompt in prompts:
        if not isinstance(prompt, str):
            context.completions.check_tokens(prompt)
    plain = Completion(
        sampling=sampling,
        stop=body.stops(),
        n=drawn,
        scores=scores,
        grammar=read_grammar(body.others),
        given=context.given_state(caller, body.others),
        caller=caller.key.name,
        address=caller.address,
    )
    return [
        replace(plain, text=prompt) if isinstance(prompt, str) else replace(plain, tokens=prompt) for prompt in prompts
    ]


def _text(wanted: Completion, context: ApiContext) -> str:
    return context.completions.core.engine.coder.decode(wanted.tokens) if wanted.tokens else wanted.text
