"""``/v1/chat/completions``."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.chat_form import ChatText
from bot.chat.completions import Completion
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import event_response, while_connected
from bot.platforms.api.callers import Caller
from bot.platforms.api.chat_answer import ChatAnswer
from bot.platforms.api.chat_body import ChatBody
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.model_names import Template
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.token_usage import TokenUsage

DEFAULT_TOKENS = 1024


def chat_completion_routes(context: ApiContext) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/chat/completions")
    async def complete(body: ChatBody, request: Request) -> Response:
        """Go on with a chat."""
        caller = await context.caller(request, body.model)
        body.check()
        metadata = body.stored_metadata()
        template = await context.names.template(body.model, body.chat_options())
        messages = body.told()
        text = await template.text(messages)
        wanted = _completion(body, template, text, caller, context)

        async def keep(answered: Mapping[str, object]) -> None:
            listed = body.listed(str(answered["id"]))
            await context.responses.keep_chat(caller.key.name, answered, listed, metadata)

        thinking = template.thinks(messages)
        answer = ChatAnswer(
            body.model or context.names.current, context.fingerprint, TokenUsage(context.coder if thinking else None),
            thinking=thinking, tools=body.called_tools() is not None, keep=keep if body.store else None,
        )  # fmt: skip
        if body.stream:
            direct = DirectEvents(answer.direct)
            pieces = context.pieces(caller, wanted, direct=direct)
            return event_response(answer.events(pieces, usage=body.includes_usage), direct.open)
        return ApiResponse(await while_connected(request, answer.whole(context.pieces(caller, wanted))))

    return router


def _completion(body: ChatBody, template: Template, text: ChatText, caller: Caller, context: ApiContext) -> Completion:
    sampling = read_sampling(
        body.others, template.sampling, most=context.config.max_tokens, default=DEFAULT_TOKENS
    )  # fmt: skip
    tools, grammar = body.called_tools(), read_grammar(body.others)
    if tools is not None:
        grammar = tools.grammar()
    free = grammar is None or (tools is not None and not tools.must)
    speakers = [message.name for message in body.messages if message.name]
    return Completion(
        text=text.text, shared=text.shared, initial=template.form.initial,
        given=context.given_state(caller, body.others), sampling=sampling,
        stop=(*(template.prompt.stops(speakers) if free else ()), *body.stops()), grammar=grammar, n=body.n or 1,
        scores=body.scores,
        caller=caller.key.name, address=caller.address,
    )  # fmt: skip
