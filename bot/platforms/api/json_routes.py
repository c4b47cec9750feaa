"""POST routes that take a JSON body and nothing else, run without FastAPI's layers, which cost more than the routes.

FastAPI has the same routes: it describes them, and refuses other methods.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from email.message import Message as Headers

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.library.cards.bounded_json import depth
from bot.platforms.api.api_errors import NOT_JSON, as_api_error, bad_request
from bot.platforms.api.api_events import ClientGone
from bot.platforms.web.event_stream import ServerStopping

MAX_DEPTH = 128  # of objects and lists; schemas are read by functions that call themselves
Endpoint = Callable[[BaseModel, Request], Awaitable[Response]]


class JsonRoutes:
    """ASGI middleware: answers the POST routes of ``routers`` that take ``body`` and ``request``."""

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._routes = dict(found for router in routers for found in _routes_of(router))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            request = Request(scope, receive)
            response = await route[0](route[1].model_validate(await _json_body(request)), request)
            await response(scope, receive, send_noted)
        except ClientGone:
            return
        except asyncio.CancelledError:
            if not begun:
                await as_api_error(ServerStopping()).response()(scope, receive, send)
            raise
        except Exception as error:
            if begun:
                raise
            await as_api_error(error).response()(scope, receive, send)


def _routes_of(router: APIRouter) -> Iterable[tuple[str, tuple[Endpoint, type[BaseModel]]]]:
    for route in router.routes:
        if isinstance(route, APIRoute) and "POST" in (route.methods or ()):
            taken: Mapping[str, type] = {**route.endpoint.__annotations__}
            if taken.keys() - {"return"} == {"body", "request"} and issubclass(taken["body"], BaseModel):
                yield route.path, (route.endpoint, taken["body"])


async def _json_body(request: Request) -> object:
    """Return the parsed body. Raises ApiError if it is not JSON or not said to be."""
    body = await request.body()
    if not body or not _is_json(request.headers.get("content-type", "")):
        raise bad_request(NOT_JSON, code="invalid_json")
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("The body is not valid JSON.", code="invalid_json") from None
    if depth(found) > MAX_DEPTH:
        raise bad_request(f"The body is nested too deeply: the limit is {MAX_DEPTH} levels.", code="invalid_json")
    return found


def _is_json(content_type: str) -> bool:
    if content_type == "application/json":
        return True
    headers = Headers()
    headers["content-type"] = content_type
    subtype = headers.get_content_subtype()
    return headers.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
