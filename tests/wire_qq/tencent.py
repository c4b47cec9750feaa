"""A simulated Tencent: tokens, a gateway with resume, closing reply windows, checked sequence numbers."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from tests.wire_qq.outbox import Json, Outbox, Refusal, Sent


@dataclass(slots=True)
class Tencent:
    """QQ's side. ``say`` sends an event to the bot; ``sent`` contains the bot's answers."""

    app_id: str = "100"
    secret: str = "s3cret"
    token_seconds: int = 7200
    outbox: Outbox = field(default_factory=Outbox)
    granted: int = (1 << 12) | (1 << 25) | (1 << 26) | (1 << 30)  # intents
    tokens: list[str] = field(default_factory=list)
    greetings: list[Json] = field(default_factory=list)  # identify and resume, in order of arrival
    acknowledged: list[str] = field(default_factory=list)
    close_next: int | None = None  # the gateway closes the next connection with this code after its hello
    odd_answers: dict[str, list[str]] = field(default_factory=dict)  # path -> raw responses to send there first
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _events: list[Json] = field(default_factory=list)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _sequence: int = 0

    @property
    def sent(self) -> list[Sent]:
        """The complete messages that the bot has sent."""
        return self.outbox.sent

    async def say(self, kind: str, **body: object) -> None:
        """Send an event to the connected clients, and keep it for those who resume."""
        self._sequence += 1
        self.outbox.heard[str(body.get("id"))] = time.monotonic()
        event: Json = {"op": 0, "s": self._sequence, "t": kind, "d": body, "id": f"{kind}:{self._sequence}"}
        self._events.append(event)
        for socket in list(self._sockets):
            with suppress(ConnectionError):
                await socket.send_json(event)

    async def abort(self) -> bool:
        """Abort all connections without a close frame. Returns whether there were any."""
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
        return bool(sockets)

    async def cut(self, code: int = 1006) -> None:
        """Break all connections."""
        for socket in list(self._sockets):
            await socket.close(code=code if code != 1006 else 1011)

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until the bot has done something."""
        while not done():
            self.news.clear()
            await self.news.wait()

    # --- HTTP ---------------------------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("appId") != self.app_id:
            return web.json_response({"code": 100007, "message": "appid invalid"})
        if body.get("clientSecret") != self.secret:
            return web.json_response({"code": 100016, "message": "invalid appid or secret"})
        self.tokens.append(f"token{len(self.tokens)}")
        return web.json_response({"access_token": self.tokens[-1], "expires_in": str(self.token_seconds)})

    @web.middleware
    async def _authorise(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path != "/socket" and self.odd_answers.get(request.path):
            return web.Response(text=self.odd_answers[request.path].pop(0), content_type="application/json")
        if request.path not in ("/app/getAppAccessToken", "/socket"):
            known = f"QQBot {self.tokens[-1]}" if self.tokens else ""
            if request.headers.get("Authorization") != known:
                return web.json_response({"err_code": 11244, "message": "token expired"}, status=401)
        return await handler(request)

    async def gateway(self, request: web.Request) -> web.Response:
        return web.json_response({"url": f"{self.url.replace('http', 'ws')}/socket", "shards": 1})

    async def message(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.news.set()
        kind, place = request.match_info.get("kind", "users"), request.match_info["id"]
        try:
            if (code := self.outbox.fail(request.path, body)) is not None:
                raise Refusal(code)
            is_stream = request.path.endswith("stream_messages")
            return web.json_response(
                self.outbox.stream(place, body) if is_stream else self.outbox.post(kind, place, body)
            )
        except Refusal as error:
            self.outbox.refused.append(error.code)
            return web.json_response({"err_code": error.code, "message": "no", "trace_id": "t1"}, status=400)

    async def interaction(self, request: web.Request) -> web.Response:
        self.acknowledged.append(request.match_info["id"])
        self.news.set()
        return web.Response(status=204)

    # --- gateway ------------------------------------------------------------------------------------------------

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if odd := self.odd_answers.get("/socket"):
            await socket.send_str(odd.pop(0))
        else:
            await socket.send_json({"op": 10, "d": {"heartbeat_interval": 45_000}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await self._take(socket, json.loads(message.data))
        if socket in self._sockets:
            self._sockets.remove(socket)
        return socket

    async def _take(self, socket: web.WebSocketResponse, frame: Json) -> None:
        data = frame["d"]
        if frame["op"] == 1:
            await socket.send_json({"op": 11})
            return
        assert isinstance(data, dict)
        self.greetings.append(frame)
        self.news.set()
        if frame["op"] == 2 and int(str(data["intents"])) & ~self.granted:
            await socket.close(code=4014)
            return
        if self.close_next is not None:
            code, self.close_next = self.close_next, None
            await socket.close(code=code)
            return
        if frame["op"] == 6:
            missed = [event for event in self._events if int(str(event["s"])) > int(str(data["seq"] or 0))]
            for event in missed:
                await socket.send_json(event)
            self._sequence += 1
            await socket.send_json({"op": 0, "s": self._sequence, "t": "RESUMED", "d": {}})
        else:
            self._sequence += 1
            ready = {"session_id": "S1", "user": {"id": "B1", "username": "Roost"}}
            await socket.send_json({"op": 0, "s": self._sequence, "t": "READY", "d": ready})
        self._sockets.append(socket)


@asynccontextmanager
async def running(tencent: Tencent) -> AsyncIterator[str]:
    """Serve it; yields the URL."""
    application = web.Application(middlewares=[tencent._authorise])
    application.router.add_post("/app/getAppAccessToken", tencent.token)
    application.router.add_get("/gateway/bot", tencent.gateway)
    application.router.add_get("/socket", tencent.socket)
    application.router.add_post("/v2/{kind}/{id}/messages", tencent.message)
    application.router.add_post("/v2/users/{id}/stream_messages", tencent.message)
    application.router.add_post("/{kind}/{id}/messages", tencent.message)
    application.router.add_put("/interactions/{id}", tencent.interaction)
    async with TestServer(application) as server:
        tencent.url = str(server.make_url("")).rstrip("/")
        yield tencent.url
