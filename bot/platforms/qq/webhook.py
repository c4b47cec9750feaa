"""Webhook for QQ's events, for networks that block outgoing WebSockets. Every request is signed.

https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.platforms.qq.payloads import MAX_ID_LENGTH, RawEvent
from bot.platforms.qq.signatures import Signer

log = logging.getLogger(__name__)

PATH = "/qq/webhook"
MAX_BODY_BYTES = 1 << 20  # bytes
MAX_AGE = 300.0  # seconds; older requests may be replayed by an attacker
TAKEN_WITHIN = 4.0  # seconds; QQ retries after about five
MAX_WAITING = 200  # concurrent requests
SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
EVENT, ACKNOWLEDGED, VALIDATION = 0, 12, 13  # op
# The text signed for validation must never look like an event, or an attacker could have one signed.
CHALLENGE, SECONDS = re.compile(r"[A-Za-z0-9_-]{1,128}"), re.compile(r"[0-9]{1,16}")


Take = Callable[[RawEvent], Awaitable[None]]


class Webhook:
    """Listens for QQ. ``take`` returns once an event is in the inbox."""

    def __init__(
        self, signer: Signer, take: Take, host: str, port: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._signer = signer
        self._take = take
        self._host, self._port = host, port
        self._clock = clock
        self._waiting = 0
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is bound."""
        addresses = self._runner.addresses if self._runner is not None else []
        return int(addresses[0][1]) if addresses else self._port

    @property
    def address(self) -> str:
        """The URL of the listener."""
        return f"http://{self._host}:{self.port}{PATH}"

    async def start(self) -> None:
        """Bind the port. Raises OSError if it is taken."""
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_post(PATH, self._post)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def close(self) -> None:
        """Stop listening. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        if self._waiting >= MAX_WAITING:
            return web.Response(status=503)
        self._waiting += 1
        try:
            return await self._answer(request.headers, await request.read())
        finally:
            self._waiting -= 1

    async def _answer(self, headers: Mapping[str, str], body: bytes) -> web.Response:
        signed = self._is_signed(headers, body)
        try:
            frame = json.loads(body) if signed or len(body) < 2000 else None
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            return web.Response(status=400 if signed else 401)
        data = frame.get("d")
        if frame.get("op") == VALIDATION and isinstance(data, dict):
            return self._validated(str(data.get("plain_token")), str(data.get("event_ts")))
        if not signed:
            log.warning("qq: a request to the webhook was not signed by QQ, or is old: it was refused")
            return web.Response(status=401)
        if frame.get("op") == EVENT and isinstance(frame.get("t"), str) and isinstance(data, dict):
            return await self._taken(RawEvent(frame["t"], data, str(frame.get("id") or "")[:MAX_ID_LENGTH]))
        return web.json_response({"op": ACKNOWLEDGED})

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        stamp = headers.get(TIMESTAMP, "")
        if not SECONDS.fullmatch(stamp) or abs(self._clock() - int(stamp)) > MAX_AGE:
            return False
        return self._signer.check(headers.get(SIGNATURE, ""), stamp, body)

    def _validated(self, challenge: str, stamp: str) -> web.Response:
        """Prove that we know the secret, when the URL is entered in QQ's console."""
        if not CHALLENGE.fullmatch(challenge) or not SECONDS.fullmatch(stamp):
            return web.Response(status=400)
        return web.json_response({"plain_token": challenge, "signature": self._signer.sign(stamp, challenge.encode())})

    async def _taken(self, raw_event: RawEvent) -> web.Response:
        """Acknowledge the event once it is in the inbox. Otherwise QQ sends it again; duplicates are ignored."""
        try:
            async with asyncio.timeout(TAKEN_WITHIN):
                await self._take(raw_event)
        except TimeoutError:
            return web.Response(status=503)
        return web.json_response({"op": ACKNOWLEDGED})
