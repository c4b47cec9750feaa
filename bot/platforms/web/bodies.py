"""Request bodies, read whole and bounded in size and time, before the application sees the request."""

import asyncio
import contextlib

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response
from bot.platforms.web.visitors import network_of

BODY_SECONDS = 30.0  # limit for an ordinary body
UPLOAD_SECONDS = 120.0  # limit for a body with a file
DRAIN_SECONDS = 2.0  # how long to read the rest of a refused body
DRAIN_BYTES = 8 << 20
UPLOAD_PATH = "/api/chat"  # messages may include files
MAX_UPLOADS = 8  # large bodies held in memory at the same time
UPLOADS_PER_ADDRESS = 2


async def read_body(
    headers: Headers, receive: Receive, limit: int, setting: str, seconds: float | None = None
) -> Receive:
    """Return a ``receive`` that yields the whole body.

    Raises Problem if it is larger than ``limit`` bytes or too slow. ``setting`` names the option that raises the
    limit, for the error message.
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
    """Read the rest of a refused body, within limits: a client cut off while sending never sees the response."""
    left = DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that yields ``body`` and then waits for the disconnect."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


class Uploads:
    """ASGI middleware behind the token: reads the bodies of messages, which may be larger because of their files.

    The number of large bodies read at once is limited, which bounds the memory they take.
    """

    def __init__(self, app: ASGIApp, *, small: int, large: int, language: str = "en") -> None:
        self._app = app
        self._small = small  # bytes; up to this size a body does not count as large
        self._large = large
        self._language = language
        self._addresses: list[str | None] = []  # one entry per large body being held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
                # The rest of a refused body must not be parsed as the next request.
                response.headers["Connection"] = "close"
                await response(scope, receive, send)
                return
            await self._app(scope, receive, send)

    async def _place(self, address: str | None, receive: Receive) -> contextlib.ExitStack:
        if len(self._addresses) >= MAX_UPLOADS or self._addresses.count(address) >= UPLOADS_PER_ADDRESS:
            await _drain(receive, more=True)
            message = "Several large files are already being received. Please try again soon."
            raise Problem(503, "too_many_uploads", message)
        self._addresses.append(address)
        taken = contextlib.ExitStack()
        taken.callback(self._addresses.remove, address)
        return taken
