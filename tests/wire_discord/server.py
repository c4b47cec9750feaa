"""A small Discord over the wire: the REST routes and the gateway that talking needs, for the unchanged discord.py."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

BOT, ALICE, GUILD, CHANNEL = "100", "200", "300", "400"
LIMIT = 2000  # characters of a message


def user(number: str, name: str, *, bot: bool = False) -> dict[str, Any]:
    """A user as Discord tells it."""
    return {"id": number, "username": name, "discriminator": "0", "avatar": None, "bot": bot}


def answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Discord sends it: discord.py does not read it when a charset is named."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind)


class WireDiscord:
    """One server with one channel. ``posted`` holds what the bot said; ``connections`` counts its gateways."""

    def __init__(self) -> None:
        self.posted: dict[str, dict[str, Any]] = {}
        self.connections = 0
        self.ready = asyncio.Event()
        self.refuse = 0  # so many of the next posts are answered 429
        self._sockets: list[web.WebSocketResponse] = []
        self._sequence = 0
        self._number = 1000

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/api/users/@me", self._me),
                web.get("/api/oauth2/applications/@me", self._about),
                web.put("/api/applications/{id}/commands", self._commands),
                web.post("/api/channels/{id}/typing", self._typing),
                web.post("/api/channels/{id}/messages", self._post),
                web.patch("/api/channels/{id}/messages/{message}", self._edit),
                web.get("/gateway/", self._gateway),
            ]
        )
        return app

    async def _me(self, _: web.Request) -> web.Response:
        return answer(user(BOT, "roost", bot=True))

    async def _about(self, _: web.Request) -> web.Response:
        about: dict[str, Any] = {
            "id": BOT,
            "name": "roost",
            "description": "",
            "icon": None,
            "bot_public": True,
            "flags": 0,
        }
        about |= {"bot_require_code_grant": False, "verify_key": "", "team": None, "owner": user(ALICE, "alice")}
        return answer(about)

    async def _commands(self, request: web.Request) -> web.Response:
        told = await request.json()
        rest = {"application_id": BOT, "version": "1"}
        told = [{"description": "", **each} for each in told]  # menus have none
        return answer([{**each, "id": str(5000 + place), **rest} for place, each in enumerate(told)])

    async def _typing(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _post(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            body = {"message": "You are being rate limited.", "retry_after": 0.05, "global": False}
            return answer(body, status=429, headers={"Via": "1.1 wire", "Retry-After": "1"})
        body = await request.json()
        if not 0 < len(body.get("content") or "") <= LIMIT:
            return answer({"message": "Invalid Form Body", "code": 50035}, status=400)
        message = self.message(user(BOT, "roost", bot=True), body["content"])
        self.posted[message["id"]] = message
        return answer(message)

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        message = self.posted[request.match_info["message"]]
        if len(body.get("content") or "") > LIMIT:
            return answer({"message": "Invalid Form Body", "code": 50035}, status=400)
        message["content"] = body.get("content", message["content"])
        return answer(message)

    def message(self, author: dict[str, Any], content: str, **more: Any) -> dict[str, Any]:
        """A new message in the channel."""
        self._number += 1
        empty: dict[str, Any] = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds")}
        return {
            "id": str(self._number), "channel_id": CHANNEL, "author": author, "content": content, "type": 0,
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "pinned": False,
            "mention_everyone": False, "components": [], **empty, **more,
        }  # fmt: skip

    async def say(self, text: str) -> dict[str, Any]:
        """Alice mentions the bot; returns the event's data, which may be told again."""
        mentions = [user(BOT, "roost", bot=True)]
        message = self.message(user(ALICE, "alice"), f"<@{BOT}> {text}", mentions=mentions)
        message |= {"guild_id": GUILD, "member": {"roles": [], "joined_at": None, "flags": 0}}
        await self.tell("MESSAGE_CREATE", message)
        return message

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an event through the newest gateway."""
        self._sequence += 1
        await self._sockets[-1].send_json({"op": 0, "t": event, "s": self._sequence, "d": data})

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 5000}})
        async for received in socket:
            packet = received.json()
            if packet["op"] == 1:
                await socket.send_json({"op": 11})
            elif packet["op"] == 2:
                self._sockets.append(socket)
                self.connections += 1
                await self._welcome(str(request.url.with_query(None)))
        return socket

    async def _welcome(self, address: str) -> None:
        ready = {"v": 10, "user": user(BOT, "roost", bot=True), "session_id": "session", "private_channels": []}
        ready |= {"shard": [0, 1], "resume_gateway_url": address, "application": {"id": BOT, "flags": 0}}
        await self.tell("READY", {**ready, "guilds": [{"id": GUILD, "unavailable": True}]})
        channel = {"id": CHANNEL, "type": 0, "name": "general", "position": 0, "permission_overwrites": []}
        role = {"id": GUILD, "name": "@everyone", "permissions": str(2**40 - 1), "position": 0, "color": 0}
        role |= {"hoist": False, "managed": False, "mentionable": False, "flags": 0}
        guild = {"id": GUILD, "name": "home", "owner_id": ALICE, "member_count": 2, "channels": [channel]}
        guild |= {"roles": [role], "emojis": [], "features": [], "members": [], "threads": [], "presences": []}
        guild |= {"preferred_locale": "en-US", "voice_states": [], "stickers": [], "large": False}
        await self.tell("GUILD_CREATE", guild)
        self.ready.set()


@contextlib.asynccontextmanager
async def wire_discord() -> AsyncIterator[tuple[WireDiscord, str]]:
    """A running server and its address, ``127.0.0.1:PORT``."""
    discord = WireDiscord()
    runner = web.AppRunner(discord.application(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield discord, f"{host}:{port}"
    finally:
        await runner.cleanup()
