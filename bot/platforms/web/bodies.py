"""Bodies of requests: read whole, bounded in size and time, before the application sees the request."""

import asyncio
import contextlib

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response
from bot.platforms.web.visitors import network_of

BODY_SECONDS = 30.0  # a body that takes longer is not worth waiting for
UPLOAD_SECONDS = 120.0  # one that holds a file
DRAIN_SECONDS = 2.0  # for the rest of a body that is refused
DRAIN_BYTES = 8 << 20
UPLOAD_PATH = "/api/chat"  # messages may bring files
UPLOADS_AT_ONCE = 8  # bodies larger than others that are held in memory at the same time
UPLOADS_PER_ADDRESS = 2


async def read_body(
    headers: Headers, receive: Receive, limit: int, setting: str, seconds: float | None = None
) -> Receive:
    """A ``receive`` that gives the whole body. Raises Problem when it has more than ``limit`` bytes or is too slow.

    ``setting``: what allows more, for the message.
    """
    length = headers.get("content-length", "0")
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(seconds or BODY_SECONDS):
            too_large = length.isdigit() and int(length) > limit
            while more and not too_large:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(400, "body_incomplete", "The request ended before it was complete.")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                too_large = len(body) > limit
    except TimeoutError:
        raise Problem(408, "body_too_slow", "The request took too long to arrive.") from None
    if too_large:
        await _drain(receive, more=more)
        message_text = "The request is too large: the limit is {limit} kB ({setting})."
        raise Problem(413, "body_too_large", message_text, limit=limit // 1024, setting=setting)
    return _replay(bytes(body), receive)


async def _drain(receive: Receive, *, more: bool) -> None:
    """Let the client finish sending, within reason: one that is cut off in the middle never sees the answer."""
    left = DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` and then waits for the client to leave."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


class Uploads:
    """ASGI middleware behind the token: reads the bodies of messages, which may be larger because they bring files.

    Large ones are few at the same time, so that what they hold in memory has a bound.
    """

    def __init__(self, app: ASGIApp, *, small: int, large: int, language: str = "en") -> None:
        self._app = app
        self._small = small  # bytes of a body that takes none of the few places
        self._large = large
        self._language = language
        self._addresses: list[str | None] = []  # whose large bodies are held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"] != UPLOAD_PATH:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        is_small = length.isdigit() and int(length) <= self._small
        with contextlib.ExitStack() as held:
            try:
                if not is_small:
                    held.enter_context(await self._place(network_of(Request(scope)), receive))
                limit = self._small if is_small else self._large
                receive = await read_body(
                    headers, receive, limit, "[web] max_upload_mb", None if is_small else UPLOAD_SECONDS
                )
            except Problem as problem:
                response = problem_response(problem, language_of(headers, self._language))
                # What is left of a refused body must not be taken for the next request.
                response.headers["Connection"] = "close"
                await response(scope, receive, send)
                return
            await self._app(scope, receive, send)

    async def _place(self, address: str | None, receive: Receive) -> contextlib.ExitStack:
        if len(self._addresses) >= UPLOADS_AT_ONCE or self._addresses.count(address) >= UPLOADS_PER_ADDRESS:
            await _drain(receive, more=True)
            message = "Several large files are already being received. Please try again soon."
            raise Problem(503, "too_many_uploads", message)
        self._addresses.append(address)
        taken = contextlib.ExitStack()
        taken.callback(self._addresses.remove, address)
        return taken
