"""The REST routes of messages, channels, commands and webhooks."""

import json
import time
from typing import Any

from aiohttp import web

from tests.wire_discord import forms
from tests.wire_discord.answers import RefusalError, answer
from tests.wire_discord.gateway import Gateway
from tests.wire_discord.world import Channel, Webhook, World

NOTHING = 204


async def body_of(request: web.Request) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """Return the JSON of a request and its attached files."""
    if not request.content_type.startswith("multipart/"):
        return (await request.json() if request.can_read_body else {}), []
    body: dict[str, Any] = {}
    files: list[tuple[str, bytes]] = []
    async for part in await request.multipart():
        if part.name == "payload_json":  # type: ignore[union-attr]  # Discord's forms do not nest
            body = json.loads(await part.text())  # type: ignore[union-attr]  # as above
        else:
            files.append((part.filename or "", await part.read()))  # type: ignore[union-attr]  # as above
    return body, files


class Rest:
    """Answers requests from a world, and notifies the gateway of the changes."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.files: dict[str, list[tuple[str, bytes]]] = {}  # message id -> files
        self.times: dict[str, float] = {}  # message id -> creation time
        self._nonces: dict[str, str] = {}  # nonce -> message id

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        channel = "/api/channels/{channel:\\d+}"
        message = channel + "/messages/{message:\\d+}"
        return [
            web.get("/api/users/@me", self._me),
            web.get("/api/users/{user:\\d+}", self._user),
            web.get("/api/oauth2/applications/@me", self._about),
            web.get("/api/applications/@me", self._about),
            web.get("/api/gateway/bot", self._gateway_bot),
            web.get("/api/gateway", self._gateway_bot),
            web.put("/api/applications/{application:\\d+}/commands", self._commands),
            web.put("/api/applications/{application:\\d+}/guilds/{guild:\\d+}/commands", self._commands),
            web.post("/api/users/@me/channels", self._private),
            web.get("/api/users/@me/guilds", self._guilds),
            web.get(channel, self._channel_told),
            web.post(channel + "/typing", self._typing),
            web.get(channel + "/messages", self._history),
            web.post(channel + "/messages", self._post),
            web.get(message, self._get),
            web.patch(message, self._edit),
            web.delete(message, self._delete),
            web.post(message + "/threads", self._thread),
            web.get(channel + "/webhooks", self._webhooks),
            web.post(channel + "/webhooks", self._make_webhook),
        ]

    # --- who and where ------------------------------------------------------------------------------------------

    async def _me(self, _: web.Request) -> web.Response:
        return answer(self.world.bot.told())

    async def _user(self, request: web.Request) -> web.Response:
        found = self.world.people.get(request.match_info["user"])
        if found is None:
            raise RefusalError(404, 10013, "Unknown User")
        return answer(found.told())

    async def _about(self, _: web.Request) -> web.Response:
        flags = 0 if self.gateway.refuse_intent else 1 << 19  # message content intent, for bots in few servers
        return answer(
            {
                "id": self.world.bot.id, "name": self.world.bot.name, "description": "", "icon": None,
                "bot_public": True, "flags": flags, "bot_require_code_grant": False, "verify_key": "", "team": None,
                "owner": {"id": "1", "username": "owner", "discriminator": "0", "avatar": None},
            }
        )  # fmt: skip

    async def _gateway_bot(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
        return answer({"url": f"ws://{request.host}/gateway/", "shards": 1, "session_start_limit": limit})

    async def _guilds(self, _: web.Request) -> web.Response:
        return answer([{"id": number, "name": name} for number, name in self.world.guilds.items()])

    async def _private(self, request: web.Request) -> web.Response:
        body = await request.json()
        forms.known(body, {"recipient_id"}, "channel")
        return answer(self.world.private(self.world.people[str(body["recipient_id"])]).told(self.world.bot.id))

    def channel(self, request: web.Request, *needed: str) -> Channel:
        """Return the channel in the path. Raises RefusalError if it is gone or the bot lacks a permission."""
        found = self.world.channels.get(request.match_info["channel"])
        if found is None or found.deleted:
            raise RefusalError(404, 10003, "Unknown Channel")
        if "view_channel" in found.denied:
            raise RefusalError(403, 50001, "Missing Access")
        if lacking := [name for name in needed if name in found.denied]:
            raise RefusalError(403, 50013, f"Missing Permissions: {lacking}")
        return found

    async def _channel_told(self, request: web.Request) -> web.Response:
        return answer(self.channel(request).told(self.world.bot.id))

    async def _typing(self, request: web.Request) -> web.Response:
        self.channel(request, "send_messages")
        return web.Response(status=NOTHING)

    async def _commands(self, request: web.Request) -> web.Response:
        told = await request.json()
        forms.check_commands(told)
        place = request.match_info.get("guild", "global")
        rest = {"application_id": self.world.bot.id, "version": "1"}
        made = [{"description": "", **each, "id": self.world.ids.next(), **rest} for each in told]
        self.world.commands[place] = made
        return answer(made)

    # --- messages -----------------------------------------------------------------------------------------------

    async def _history(self, request: web.Request) -> web.Response:
        channel = self.channel(request, "read_message_history")
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise RefusalError(400, 50035, "Invalid Form Body: limit")
        after, before = int(request.query.get("after", "0")), int(request.query.get("before", str(1 << 63)))
        found = [m for m in channel.messages.values() if after < int(m["id"]) < before]
        chosen = found[:limit] if "after" in request.query else found[-limit:]
        return answer(list(reversed(chosen)))

    async def _get(self, request: web.Request) -> web.Response:
        return answer(self._message(request, self.channel(request, "read_message_history")))

    def _message(self, request: web.Request, channel: Channel) -> dict[str, Any]:
        found = channel.messages.get(request.match_info["message"])
        if found is None:
            raise RefusalError(404, 10008, "Unknown Message")
        return found

    async def _post(self, request: web.Request) -> web.Response:
        channel = self.channel(request, "send_messages_in_threads" if self._is_thread(request) else "send_messages")
        body, files = await body_of(request)
        forms.check_message(body, forms.MESSAGE, files=len(files))
        if files and "attach_files" in channel.denied:
            raise RefusalError(403, 50013, "Missing Permissions: attach_files")
        nonce = str(body.get("nonce"))
        if body.get("enforce_nonce") and nonce in self._nonces:
            return answer(channel.messages[self._nonces[nonce]])
        answers = self._reference(channel, body.get("message_reference"))
        more = {"nonce": nonce} if "nonce" in body else {}
        made = await self.put(channel, self.world.bot.told(), body, files, answers=answers, **more)
        self._nonces[nonce] = made["id"]
        return answer(made)

    def _is_thread(self, request: web.Request) -> bool:
        found = self.world.channels.get(request.match_info["channel"])
        return found is not None and found.parent is not None

    def _reference(self, channel: Channel, reference: dict[str, Any] | None) -> str | None:
        if reference is None:
            return None
        forms.known(
            reference, {"message_id", "channel_id", "guild_id", "fail_if_not_exists", "type"}, "message_reference"
        )
        if "read_message_history" in channel.denied:
            raise RefusalError(403, 160002, "Cannot reply without permission to read message history")
        number = str(reference["message_id"])
        if number not in channel.messages:
            if reference.get("fail_if_not_exists", True):
                raise RefusalError(400, 50035, "Invalid Form Body: MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
            return None
        return number

    async def put(
        self, channel: Channel, author: dict[str, Any], body: dict[str, Any], files: list[tuple[str, bytes]],
        *, answers: str | None = None, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Create a message from a checked body and announce it."""
        attached = [
            {"id": self.world.ids.next(), "filename": name, "size": len(data), "url": "http://cdn/x", "proxy_url": ""}
            for name, data in files
        ]
        made = self.world.message(
            channel, author, body.get("content") or "", answers=answers, attachments=attached,
            components=body.get("components") or [], flags=body.get("flags") or 0, **more,
        )  # fmt: skip
        self.files[made["id"]] = files
        self.times[made["id"]] = time.monotonic()
        if not made["flags"] & 64:
            await self.gateway.tell("MESSAGE_CREATE", made, channel.guild)
        return made

    async def _edit(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        message = self._message(request, channel)
        body, files = await body_of(request)
        if message["author"]["id"] != self.world.bot.id:
            raise RefusalError(403, 50005, "Cannot edit a message authored by another user")
        return answer(await self.change(channel, message, body, files, forms.EDIT))

    async def change(
        self, channel: Channel, message: dict[str, Any], body: dict[str, Any], files: list[tuple[str, bytes]],
        fields: set[str],
    ) -> dict[str, Any]:  # fmt: skip
        """Edit a message and announce it."""
        forms.check_message(body, fields, files=len(files), may_be_empty=True)
        if "content" in body:
            message["content"] = body["content"] or ""
        if "components" in body:
            message["components"] = body["components"] or []
        if files:
            self.files[message["id"]] = files
        message["edited_timestamp"] = "2026-01-01T00:00:01+00:00"
        if not message["flags"] & 64:
            await self.gateway.tell("MESSAGE_UPDATE", message, channel.guild)
        return message

    async def _delete(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        message = self._message(request, channel)
        if message["author"]["id"] != self.world.bot.id:
            raise RefusalError(403, 50013, "Missing Permissions")
        await self.take_away(channel, message["id"])
        return web.Response(status=NOTHING)

    async def take_away(self, channel: Channel, message: str) -> None:
        """Delete a message and announce it."""
        del channel.messages[message]
        told = {"id": message, "channel_id": channel.id} | ({"guild_id": channel.guild} if channel.guild else {})
        await self.gateway.tell("MESSAGE_DELETE", told, channel.guild)

    async def _thread(self, request: web.Request) -> web.Response:
        channel = self.channel(request, "create_public_threads")
        message = self._message(request, channel)
        body = await request.json()
        thread = Channel(message["id"], body["name"], channel.guild, parent=channel.id)
        self.world.channels[thread.id] = thread
        await self.gateway.tell("THREAD_CREATE", thread.told(self.world.bot.id), channel.guild)
        return answer(thread.told(self.world.bot.id))

    # --- webhooks of channels -----------------------------------------------------------------------------------

    async def _webhooks(self, request: web.Request) -> web.Response:
        channel = self.channel(request, "manage_webhooks")
        return answer([self.hook_told(each) for each in self.world.webhooks.values() if each.channel == channel.id])

    async def _make_webhook(self, request: web.Request) -> web.Response:
        channel = self.channel(request, "manage_webhooks")
        body = await request.json()
        forms.known(body, {"name", "avatar"}, "webhook")
        forms.length(body.get("name"), 1, 80, "webhook name")
        if "discord" in body["name"].lower() or "clyde" in body["name"].lower():
            raise RefusalError(400, 50035, "Invalid Form Body: USERNAME_INVALID_CONTAINS")
        if len([each for each in self.world.webhooks.values() if each.channel == channel.id]) >= 15:
            raise RefusalError(400, 30007, "Maximum number of webhooks reached (15)")
        number = self.world.ids.next()
        made = Webhook(number, f"hook-{number}", channel.id, body["name"], self.world.bot.id, body.get("avatar"))
        self.world.webhooks[number] = made
        return answer(self.hook_told(made))

    def hook_told(self, hook: Webhook) -> dict[str, Any]:
        """Return a webhook as Discord describes it: with the token only for its creator."""
        return {
            "id": hook.id, "type": 1, "guild_id": self.world.channels[hook.channel].guild, "channel_id": hook.channel,
            "name": hook.name, "avatar": hook.avatar, "token": hook.token, "application_id": self.world.bot.id,
            "user": self.world.bot.told(),
        }  # fmt: skip
