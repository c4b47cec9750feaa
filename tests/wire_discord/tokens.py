"""The routes authorised by a token: webhooks and interaction responses."""

import time
from typing import Any

from aiohttp import web

from tests.wire_discord import forms
from tests.wire_discord.answers import RefusalError, answer
from tests.wire_discord.rest import NOTHING, Rest, body_of
from tests.wire_discord.world import Channel, Pressed, Webhook

TO_ACKNOWLEDGE = 30.0  # seconds; Discord's own limit is three, but tests share the machine
TO_ANSWER = 15 * 60.0  # seconds
EPHEMERAL, LOADING = 64, 128  # message flags


class Tokens:
    """Interactions and webhooks, which share their paths: ``/webhooks/{id}/{token}``."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.world = rest.world
        self.answer_within = TO_ANSWER  # shortened by tests

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        hook = "/api/webhooks/{id:\\d+}/{token}"
        return [
            web.post("/api/interactions/{id:\\d+}/{token}/callback", self._callback),
            web.post(hook, self._post),
            web.patch(hook, self._change_hook),
            web.get(hook + "/messages/{message}", self._get),
            web.patch(hook + "/messages/{message}", self._edit),
            web.delete(hook + "/messages/{message}", self._delete),
        ]

    # --- interactions -------------------------------------------------------------------------------------------

    async def _callback(self, request: web.Request) -> web.Response:
        pressed = self.world.interactions.get(request.match_info["token"])
        if pressed is None or time.monotonic() - pressed.born > TO_ACKNOWLEDGE:
            raise RefusalError(404, 10062, "Unknown interaction")
        if pressed.acknowledged is not None:
            raise RefusalError(400, 40060, "Interaction has already been acknowledged.")
        body, files = await body_of(request)
        forms.known(body, {"type", "data"}, "callback")
        kind, data = body["type"], body.get("data") or {}
        if kind == 8 and pressed.kind == 4:
            forms.known(data, {"choices"}, "callback")
            forms.check_choices(data["choices"])
            pressed.answer = data["choices"]
        elif kind == 9 and pressed.kind in (2, 3):
            forms.check_modal(data)
            pressed.answer = data
        elif kind in (4, 5, 6, 7) and pressed.kind != 4:
            await self._acknowledge(pressed, kind, data, files)
        else:
            raise RefusalError(
                400, 50035, f"Invalid Form Body: callback {kind} to an interaction of kind {pressed.kind}"
            )
        pressed.acknowledged = kind
        told: dict[str, Any] = {"id": pressed.id, "type": pressed.kind}
        if pressed.original is not None:
            told |= {"response_message_id": pressed.original, "response_message_loading": kind == 5}
        return answer({"interaction": told}) if "with_response" in request.query else web.Response(status=NOTHING)

    async def _acknowledge(
        self, pressed: Pressed, kind: int, data: dict[str, Any], files: list[tuple[str, bytes]]
    ) -> None:
        channel = self.world.channels[pressed.channel]
        if kind == 6:
            return
        flags = int(data.get("flags") or 0)
        pressed.ephemeral = bool(flags & EPHEMERAL)
        if kind == 7:
            await self._rest.change(channel, channel.messages[pressed.original or ""], data, files, forms.EDIT)
            return
        if kind == 4:
            forms.check_message(data, forms.HOOK_MESSAGE, files=len(files))
        made = await self._rest.put(
            channel, self.world.bot.told(), data | {"flags": flags | (LOADING if kind == 5 else 0)}, files
        )
        pressed.original = made["id"]
        pressed.messages.append(made)

    def _pressed(self, request: web.Request) -> Pressed | None:
        pressed = self.world.interactions.get(request.match_info["token"])
        if pressed is None:
            return None
        if time.monotonic() - pressed.born > self.answer_within:
            raise RefusalError(401, 50027, "Invalid Webhook Token")
        if pressed.acknowledged is None:
            raise RefusalError(404, 10015, "Unknown Webhook")
        return pressed

    # --- messages -----------------------------------------------------------------------------------------------

    def _hook(self, request: web.Request) -> Webhook:
        hook = self.world.webhooks.get(request.match_info["id"])
        if hook is None or hook.token != request.match_info["token"]:
            raise RefusalError(404, 10015, "Unknown Webhook")
        return hook

    async def _post(self, request: web.Request) -> web.Response:
        body, files = await body_of(request)
        forms.check_message(body, forms.HOOK_MESSAGE, files=len(files))
        pressed = self._pressed(request)
        if pressed is not None:
            made = await self._rest.put(self._place(pressed.channel), self.world.bot.told(), body, files)
            pressed.messages.append(made)
            return answer(made)
        hook = self._hook(request)
        channel = self._place(request.query.get("thread_id", hook.channel))
        name = body.get("username", hook.name)
        forms.length(name, 1, 80, "username")
        author = {"id": hook.id, "username": name, "discriminator": "0000", "avatar": hook.avatar, "bot": True}
        made = await self._rest.put(channel, author, body, files, webhook_id=hook.id, application_id=self.world.bot.id)
        return answer(made) if request.query.get("wait") in ("true", "1") else web.Response(status=NOTHING)

    async def _change_hook(self, request: web.Request) -> web.Response:
        body, _ = await body_of(request)
        forms.known(body, {"name", "avatar"}, "webhook")
        hook = self._hook(request)
        if (avatar := body.get("avatar")) is not None and not avatar.startswith("data:image/"):
            raise RefusalError(400, 50035, "Invalid Form Body: avatar")
        hook.avatar = avatar
        return answer(self._rest.hook_told(hook))

    def _place(self, channel: str) -> Channel:
        found = self.world.channels.get(channel)
        if found is None or found.deleted:
            raise RefusalError(404, 10003, "Unknown Channel")
        return found

    def _message(self, request: web.Request) -> tuple[Channel, dict[str, Any]]:
        pressed, number = self._pressed(request), request.match_info["message"]
        if pressed is not None:
            channel = self._place(pressed.channel)
            number = (pressed.original or "") if number == "@original" else number
        else:
            hook = self._hook(request)
            channel = self._place(request.query.get("thread_id", hook.channel))
            if channel.messages.get(number, {}).get("webhook_id") != hook.id:
                raise RefusalError(404, 10008, "Unknown Message")
        if number not in channel.messages:
            raise RefusalError(404, 10008, "Unknown Message")
        return channel, channel.messages[number]

    async def _get(self, request: web.Request) -> web.Response:
        return answer(self._message(request)[1])

    async def _edit(self, request: web.Request) -> web.Response:
        channel, message = self._message(request)
        body, files = await body_of(request)
        message["flags"] &= ~LOADING
        return answer(await self._rest.change(channel, message, body, files, forms.EDIT | {"poll"}))

    async def _delete(self, request: web.Request) -> web.Response:
        channel, message = self._message(request)
        pressed = self.world.interactions.get(request.match_info["token"])
        if pressed is not None and message in pressed.messages:
            pressed.messages.remove(message)
        await self._rest.take_away(channel, message["id"])
        return web.Response(status=NOTHING)
