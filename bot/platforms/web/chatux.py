"""/chat_api: the interface that chatux pages speak.

chatux puts what was typed into the address as it stands (``?text=+gen a & b``), by fetch, or by a ``<script>`` with
``&callback=`` (JSONP); or it posts ``{"text": ...}``. It shows ``value`` as HTML in which BotUI's own marks,
``[text](address)``, ``![](image)`` and ``!(icon)``, still count.
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
from bot.platforms.web.visitors import Visitor, named_visitor, visitor_of

_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,127}", re.ASCII)
_NAMED = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
MAX_CHANNEL_CHARS = 128


def chatux_routes(site: Site) -> APIRouter:
    """/chat_api, by GET and by POST."""
    router = APIRouter()

    @router.api_route("/chat_api", methods=["GET", "POST"])
    async def chat_api(request: Request) -> Response:
        values = await _parameters(request)
        callback = _text_of(values, "callback")
        if callback and not _CALLBACK.fullmatch(callback):
            raise Problem(400, "invalid_callback", "callback: expected the name of a function")
        visitor = _visitor(request, _text_of(values, "channel"))
        output = await _answer(site, request, visitor, _text_of(values, "text"))
        response = _response({"output": output}, callback)
        visitor.remember(response, request)
        return response

    return router


async def _answer(site: Site, request: Request, visitor: Visitor, text: str) -> list[dict[str, Any]]:
    if not text.strip():
        raise Problem(400, "empty_message", "The message is empty.")
    turn = site.turns.start(site.said(request, visitor, text))
    try:
        await turn.wait(request.receive)
    finally:
        await site.turns.end(turn)
        site.live.changed(visitor.channel, "")
    return [{"type": "text", "value": as_html(reply.text)} for reply in turn.sink.replies] or [
        {"type": "text", "value": ""}
    ]


def _response(values: dict[str, Any], callback: str) -> Response:
    if not callback:
        return JSONResponse(values)
    # The comment in front keeps the answer from being taken for anything but a script; json.dumps escapes U+2028.
    return Response(f"/**/{callback}({json.dumps(values)});", media_type="text/javascript")


def as_html(text: str) -> str:
    """``text`` for a page that shows HTML and BotUI's marks: line breaks as ``<br>``, everything else as it stands."""
    escaped = html.escape(text, quote=True).replace("[", "&#91;").replace("!(", "&#33;(")
    return escaped.replace("\r\n", "\n").replace("\n", "<br>")


def _visitor(request: Request, channel: str) -> Visitor:
    """By the channel's name where the page gives one; else by the cookie; else by where the page is from.

    Another site's page gets no cookie from its readers' browsers, so all its readers at one address share a channel
    unless the page names one (chatux: ``api: {params: {channel: ...}}``).
    """
    if len(channel) > MAX_CHANNEL_CHARS:
        raise Problem(400, "invalid_channel", "channel: at most {limit} characters", limit=MAX_CHANNEL_CHARS)
    if channel:
        return named_visitor(request, channel)
    visitor = visitor_of(request)
    if visitor.is_new and "origin" in request.headers:
        address = request.client.host if request.client else ""
        return named_visitor(request, f"{request.headers['origin']} {address}")
    return visitor


async def _parameters(request: Request) -> dict[str, Any]:
    values: dict[str, Any] = query_values(request.url.query)
    if request.method == "POST":
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as error:
            raise Problem(
                400, "invalid_request", "The request is not understood: {details}", details=f"no valid JSON ({error})"
            ) from error
        if not isinstance(body, dict):
            raise Problem(400, "invalid_request", "The request is not understood: {details}", details="no JSON object")
        values |= body
    return values


def _text_of(values: dict[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise Problem(400, "invalid_request", "The request is not understood: {details}", details=f"{name}: no text")
    return value


def query_values(query: str) -> dict[str, str]:
    """The parameters of an address, forgiving what chatux does not encode.

    A ``+`` at the beginning is a command and stays; later ones stay where blanks came as ``%20``. What follows a
    bare ``&`` and is no ``name=value`` still belongs to the text.
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
