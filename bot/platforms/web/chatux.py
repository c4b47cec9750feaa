"""/chat_api: the interface for chatux pages.

chatux puts the text unencoded into the URL (``?text=+gen a & b``), by fetch or by a ``<script>`` with ``&callback=``
(JSONP); or it posts ``{"text": ...}``. It renders ``value`` as HTML, in which BotUI's own markup, ``[text](address)``,
``![](image)`` and ``!(icon)``, is interpreted too.
"""

import html
import json
import re
from typing import Any
from urllib.parse import unquote, unquote_plus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import STRICT_COOKIE, Visitor, named_visitor, visitor_of

_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,127}", re.ASCII)
_NAMED = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
MAX_CHANNEL_CHARS = 128
MIN_CHANNEL_CHARS = 16


def chatux_routes(site: Site) -> APIRouter:
    router = APIRouter()

    @router.api_route("/chat_api", methods=["GET", "POST"])
    async def chat_api(request: Request) -> Response:
        values = await _parameters(request)
        callback = _text_of(values, "callback")
        if callback and not _CALLBACK.fullmatch(callback):
            raise Problem(400, "invalid_callback", "callback: expected a function name")
        visitor = _visitor(_text_of(values, "channel"), request)
        output = await _answer(site, request, visitor, _text_of(values, "text"))
        response = _response({"output": output}, callback)
        visitor.remember(response, request)
        return response

    return router


async def _answer(site: Site, request: Request, visitor: Visitor, text: str) -> list[dict[str, Any]]:
    if not text.strip():
        raise Problem(400, "empty_message", "The message is empty.")
    turn = site.turns.start(site.said(request, visitor, text, as_owner=False))
    try:
        await turn.wait(request.receive)
    finally:
        await site.turns.end(turn)
        site.open_pages.tell(visitor.id, "", {"type": "changed", "conversation": visitor.conversation})
    return [{"type": "text", "value": as_html(reply.text)} for reply in turn.sink.replies] or [
        {"type": "text", "value": ""}
    ]


def _response(values: dict[str, Any], callback: str) -> Response:
    if not callback:
        return JSONResponse(values)
    # The leading comment keeps the response from being interpreted as anything but a script; json.dumps escapes
    # U+2028.
    return Response(f"/**/{callback}({json.dumps(values)});", media_type="text/javascript")


def as_html(text: str) -> str:
    """Escape ``text`` for a page that renders HTML and BotUI's markup; line breaks become ``<br>``."""
    escaped = html.escape(text, quote=True).replace("[", "&#91;").replace("!(", "&#33;(")
    return escaped.replace("\r\n", "\n").replace("\n", "<br>")


def _visitor(channel: str, request: Request) -> Visitor:
    """Return the visitor: by channel name if the page sends one, else by cookie, else a new one.

    A browser sends the ordinary cookie with navigation that another site starts, so only the strict cookie, which it
    does not send then, counts here. A page of another site gets no cookie at all: unless it sends a channel (chatux:
    ``api: {params: {channel: ...}}``), each of its requests is a conversation of its own.
    """
    if len(channel) > MAX_CHANNEL_CHARS:
        raise Problem(400, "invalid_channel", "channel: at most {limit} characters", limit=MAX_CHANNEL_CHARS)
    if not channel:
        return visitor_of(request, STRICT_COOKIE)
    if len(channel) < MIN_CHANNEL_CHARS:
        raise Problem(
            400,
            "invalid_channel",
            "channel: at least {limit} characters. Anyone who knows it can read along, so make it random.",
            limit=MIN_CHANNEL_CHARS,
        )
    return named_visitor(channel)


async def _parameters(request: Request) -> dict[str, Any]:
    values: dict[str, Any] = query_values(request.scope["query_string"].decode("latin-1"))
    if request.method == "POST":
        try:
            body = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError) as error:
            raise Problem(
                400, "invalid_request", "The request was not understood: {details}", details=f"no valid JSON ({error})"
            ) from error
        if not isinstance(body, dict):
            raise Problem(400, "invalid_request", "The request was not understood: {details}", details="no JSON object")
        values |= body
    return values


def _text_of(values: dict[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise Problem(400, "invalid_request", "The request was not understood: {details}", details=f"{name}: no text")
    return value


def query_values(query: str) -> dict[str, str]:
    """Parse a query string, tolerating what chatux does not encode.

    A leading ``+`` marks a command and is kept; later ones are kept if spaces are encoded as ``%20``. What follows a
    bare ``&`` and is not ``name=value`` still belongs to the text.
    """
    parts: list[str] = []
    for part in query.split("&"):
        if parts and not _NAMED.match(part):
            parts[-1] += "&" + part
        elif part:
            parts.append(part)
    return {name: _decoded(value) for name, _, value in (part.partition("=") for part in parts)}


def _decoded(value: str) -> str:
    rest = value.lstrip("+")
    leading = value[: len(value) - len(rest)]
    return leading + (unquote(rest) if "%20" in rest else unquote_plus(rest))
