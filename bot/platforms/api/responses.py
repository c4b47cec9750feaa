"""``/v1/responses``: creating a response, and counting its input tokens."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.chat_form import ChatMessage
from bot.chat.completions import Completion, CompletionFork
from bot.chat.response_tree import ChatPrefix, CompletedResponse, ResponseStart, kept_response
from bot.engine.types import Chunk
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import event_response, while_connected
from bot.platforms.api.callers import Caller
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.api.model_names import Template, manner_of
from bot.platforms.api.reply_parts import ReplyParts
from bot.platforms.api.response_answer import ResponseAnswer
from bot.platforms.api.response_body import ResponseBody
from bot.platforms.api.response_items import read_items
from bot.platforms.api.response_object import begun_response
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.token_usage import TokenUsage
from bot.platforms.api.tool_calls import Tools

DEFAULT_TOKENS = 1024


def response_routes(context: ApiContext) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/responses")
    async def create(body: ResponseBody, request: Request) -> Response:
        """Say something, and go on from any earlier response."""
        caller = await context.caller(request, body.model)
        work = await _asked(body, caller, context)
        wanted = work.completion(context.config.max_tokens)
        begun = begun_response(body, body.model or context.names.current, wanted.sampling)
        wanted = wanted.cancelled_as(response_channel(caller, str(begun["id"])))

        async def keep(response: Mapping[str, object], text: str, last: Chunk) -> None:
            if body.keeps:
                await context.responses.keep(work.beginning, wanted, work.written(response, text, last))

        answer = ResponseAnswer(begun, work.parts, keep, TokenUsage(context.coder if work.thinks else None))
        if body.stream:
            direct = DirectEvents(answer.direct)
            return event_response(answer.events(context.pieces(caller, wanted, direct=direct)), direct.open)
        return ApiResponse(await while_connected(request, answer.whole(context.pieces(caller, wanted))))

    @router.post("/v1/responses/input_tokens")
    async def count(body: ResponseBody, request: Request) -> Response:
        """How many tokens would be read."""
        work = await _asked(body, await context.caller(request, body.model), context)
        tokens = work.read.after.tokens + len(await context.completions.encoded(work.read.pieces))
        return ApiResponse({"object": "response.input_tokens", "input_tokens": tokens})

    return router


def response_channel(caller: Caller, name: str) -> str:
    """Return the channel to cancel for the response ``name``. It contains the caller, so no other can be hit."""
    return f"{caller.user}:{name}"


async def _asked(body: ResponseBody, caller: Caller, context: ApiContext) -> "_Asked":
    """Read the request. Raises ApiError, or NotFound if the previous response does not exist."""
    body.check()
    tools = body.called_tools()
    bound = tools is not None or body.grammar() is not None
    first = next((item.role for item in body.items()), "")
    options = manner_of(
        body.others, thinking=False if bound else body.thinking(),
        first="" if body.previous_response_id else str(first),
    )  # fmt: skip
    template = await context.names.template(body.model, options)
    form, messages = template.form, read_items(body.items())
    prefix = ChatPrefix(text=form.head(body.instructed(tools)), initial=form.initial, greeting=form.greeting)
    start = await context.responses.begin(caller.key.name, prefix, body.previous_response_id or "")
    forked = await asyncio.to_thread(form.forked, start.turns, messages) if form.character else None
    return _Asked(
        body=body, messages=messages, tools=tools, caller=caller, template=template, beginning=start,
        fork=start.fork(forked) if forked else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A parsed request, and the place where its response begins."""

    body: ResponseBody
    messages: Sequence[ChatMessage]  # the input
    tools: Tools | None
    caller: Caller
    template: Template
    beginning: ResponseStart
    fork: CompletionFork | None  # what a character's reply is drawn from: its lore and notes are not stored

    @property
    def thinks(self) -> bool:
        """Whether the reply starts inside the reasoning."""
        return self.template.thinks(self.messages)

    @property
    def parts(self) -> ReplyParts:
        return ReplyParts(thinking=self.thinks, tools=self.tools is not None)

    @property
    def text(self) -> str:
        """The text to read after the beginning."""
        start = self.beginning
        first = start.is_new and not start.place.tokens and not start.carried
        return start.carried + self.template.form.lines(self.messages, first=first)

    @property
    def read(self) -> CompletionFork:
        """What the reply is drawn from."""
        return self.fork or CompletionFork(after=self.beginning.place, pieces=(self.text,))

    def completion(self, most_tokens: int) -> Completion:
        body, template, caller, tools = self.body, self.template, self.caller, self.tools
        grammar = body.grammar()
        if tools is not None:
            grammar = tools.grammar()
        free = grammar is None or (tools is not None and not tools.must)
        sampling = read_sampling(body.sampling, template.sampling, most=most_tokens, default=DEFAULT_TOKENS)
        return Completion(
            text=self.text, sampling=sampling, grammar=grammar, scores=body.scores, after=self.beginning.place,
            fork=self.fork,
            stop=(*(template.prompt.stops() if free else ()), *body.stops()), forget=not body.keeps,
            caller=caller.key.name, address=caller.address,
        )  # fmt: skip

    def written(self, response: Mapping[str, object], text: str, last: Chunk) -> CompletedResponse:
        """Return what is stored."""
        said = next((message.text for message in reversed(self.messages) if message.role != "assistant"), "")
        listed = [item.listed() for item in self.body.items()]
        return CompletedResponse(answer=kept_response(response, listed), said=said, text=text, last=last)
