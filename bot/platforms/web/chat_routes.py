"""Chatting: POST /api/chat, /api/command and /api/stop, and the streams of replies and events."""

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.events import STOP, Attachment, Called, Event, Said
from bot.platforms.web.accounts.identify import is_signed_out
from bot.platforms.web.client_turn import ClientTurn
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.event_stream import Event as Stream
from bot.platforms.web.event_stream import EventStream
from bot.platforms.web.history import cover_of
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import Visitor, conversation_channel, network_of, signed_in, visitor_of
from bot.platforms.web.web_sink import reply_values

Value = str | int | float | bool | None


class Body(BaseModel):
    """Fields common to all requests. Unknown fields are rejected, or a misspelt one would be ignored silently."""

    model_config = ConfigDict(extra="forbid")

    stream: bool = True  # false: a single JSON response at the end
    tab: Annotated[str, Field(max_length=40)] = ""  # the sending page; it gets no event about its own change
    key: Annotated[str, Field(max_length=40)] = ""  # idempotency key: sent again, the request is handled once
    node: Annotated[int, Field(ge=0, lt=2**63)] | None = None  # the turn to act on; None: the last one


class FileBody(BaseModel):
    """A file attached to a message."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    data: str  # base64


class ChatBody(Body):
    """A message as typed: text, ``+name ...`` or ``/name ...``."""

    text: str
    attachments: Annotated[list[FileBody], Field(max_length=4)] = []


class CommandBody(Body):
    """A command invoked by a button."""

    command: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$")]
    arguments: dict[str, Value] = {}


def talk_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/chat")
    async def chat(body: ChatBody, request: Request) -> Response:
        if not body.text.strip() and not body.attachments:
            raise Problem(400, "empty_message", "The message is empty.")
        files = tuple(Attachment(file.name, _file_data(file)) for file in body.attachments)
        visitor = visitor_of(request)
        message = site.said(request, visitor, body.text, node=body.node, attachments=files)
        await _open(site, visitor)
        return await _answer(site, request, visitor, message, body)

    @router.post("/command")
    async def command(body: CommandBody, request: Request) -> Response:
        visitor = visitor_of(request)
        arguments = _checked(site, body.arguments)
        called = site.called(request, visitor, body.command, arguments=arguments, node=body.node)
        await _open(site, visitor)
        return await _answer(site, request, visitor, called, body)

    @router.post("/stop")
    async def stop(request: Request) -> Response:
        visitor = visitor_of(request)
        called = site.called(request, visitor, STOP)
        return await _whole_answer(site, request, visitor, called, Body(stream=False))

    _add_streams(router, site)
    return router


def _add_streams(router: APIRouter, site: Site) -> None:
    @router.get("/replies/{identity}")
    async def watch(identity: str, request: Request) -> Response:
        turn = site.turns.find(visitor_of(request).id, identity)
        if turn is None:
            return Response(status_code=204)
        return EventStream(_watched(turn), lambda: site.turns.release(turn))

    @router.get("/events")
    async def events(request: Request, tab: str = "") -> Response:
        visitor = visitor_of(request)
        account = signed_in(request)
        if is_signed_out(request):
            return EventStream(_signed_out(), _nothing)
        listener = site.open_pages.join(visitor.id, tab[:40], network_of(request), account.id if account else "")
        return EventStream(listener.events(), lambda: site.open_pages.leave(listener))


async def _signed_out() -> AsyncIterator[Stream]:
    yield {"type": "signed_out"}


async def _nothing() -> None:
    """Do nothing at the end of a stream."""


def _file_data(file: FileBody) -> bytes:
    try:
        return base64.b64decode(file.data, validate=True)
    except binascii.Error as error:
        raise Problem(
            400, "invalid_request", "The request was not understood: {details}", details=f"attachments: {error}"
        ) from error


def _checked(site: Site, arguments: dict[str, Value]) -> dict[str, Any]:
    """Check that no argument is longer than a message may be. Raises Problem (413)."""
    limit = site.config.max_message_chars
    for name, value in arguments.items():
        if isinstance(value, str) and len(value) > limit:
            raise Problem(
                413,
                "message_too_long",
                "The message is too long: {count} characters; the limit is {limit}.",
                count=len(name) + len(value),
                limit=limit,
            )
    return dict(arguments)


async def _open(site: Site, visitor: Visitor) -> None:
    """Make room for the visitor's conversation, if it is new. Raises InvalidOption if there is none.

    Of those in which nothing has been said, the oldest are deleted: nobody could find them again.
    """
    excess = await site.list.open(visitor.id, visitor.conversation)
    channels = {each: conversation_channel(visitor.secret, each) for each in excess}
    words = await site.conversations.any_words("web", list(channels.values())) if channels else {}
    for each, channel in channels.items():
        if channel in words:  # all of it was undone, or the program ended before it could be listed
            await site.list.use(visitor.id, each, words[channel])
        else:
            await site.conversations.delete("web", channel)


def _title(event: Event) -> str:
    """Return the text to derive a new conversation's title from: the message, or the name of an imported file."""
    if not isinstance(event, Said):
        return ""
    if event.text.lstrip().startswith(("+", "/")):
        return event.attachments[0].name.removesuffix(".gz").rpartition(".")[0] if event.attachments else ""
    return event.text


async def _list_it(site: Site, visitor: Visitor, title_from: str) -> None:
    conversation = await site.conversations.find("web", visitor.channel)
    if conversation is None:
        return
    title, cover = title_from or conversation.scene_name, await cover_of(conversation)
    scene = bool(conversation.scene_name)
    await site.list.use(visitor.id, visitor.conversation, title, face=cover is not None, scene=scene)
    if await site.conversations.find("web", visitor.channel) is None:  # deleted meanwhile
        await site.list.remove(visitor.id, visitor.conversation)


def _start(site: Site, visitor: Visitor, event: Event, body: Body) -> ClientTurn:
    """Start a turn and notify the visitor's other pages, now and when it ends."""

    async def list_it(turn: ClientTurn) -> None:
        if any(reply.kind != "error" and reply.node is not None for reply in turn.sink.replies):
            await _list_it(site, visitor, _title(event))

    turn = site.turns.start(event, key=body.key, after=list_it)
    where = {"conversation": visitor.conversation}
    if isinstance(event, Called) and event.command == STOP:  # other pages learn from the end of the turn that it stops
        return turn
    site.open_pages.tell(visitor.id, body.tab, {"type": "started", **where, **turn.values()})
    turn.when_done(lambda _: site.open_pages.tell(visitor.id, body.tab, {"type": "changed", **where}))
    return turn


async def _answer(site: Site, request: Request, visitor: Visitor, event: Event, body: Body) -> Response:
    if not body.stream:
        return await _whole_answer(site, request, visitor, event, body)
    turn = _start(site, visitor, event, body)
    response = EventStream(_watched(turn), lambda: site.turns.release(turn))
    visitor.remember(response, request)
    return response


async def _watched(turn: ClientTurn) -> AsyncIterator[Stream]:
    yield {"type": "started", **turn.values()}
    async for event in turn.sink.events():
        yield event


async def _whole_answer(site: Site, request: Request, visitor: Visitor, event: Event, body: Body) -> Response:
    turn = _start(site, visitor, event, body)
    try:
        await turn.wait(request.receive)
    finally:
        await site.turns.end(turn)
    response = JSONResponse({"replies": [reply_values(reply) for reply in turn.sink.replies]})
    visitor.remember(response, request)
    return response
