"""A simulated Discord: REST and a gateway for the unchanged discord.py, as strict as the real one."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.waiting import PATIENCE
from tests.wire_discord.answers import RefusalError, answer, refused
from tests.wire_discord.gateway import Gateway
from tests.wire_discord.rates import Rates
from tests.wire_discord.rest import Rest
from tests.wire_discord.tokens import TO_ACKNOWLEDGE, Tokens
from tests.wire_discord.world import MEMBER, Channel, Person, Pressed, World

TOKEN = "MTAw.wire.token"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WireDiscord:
    """The server and its people. Its attributes inject failures and record what the bot did."""

    def __init__(self) -> None:
        self.world = World()
        self.gateway = Gateway(self.world, TOKEN)
        self.rates = Rates()
        self.rest = Rest(self.world, self.gateway)
        self.tokens = Tokens(self.rest)
        self.requests: list[tuple[str, str]] = []
        self.refusals: list[str] = []  # requests that a well-behaved client does not make (400s)
        self.fail: list[tuple[str, str, int]] = []  # status for the next request with that method and path
        self.lose: list[tuple[str, str]] = []  # the next such request is carried out, but its response is lost
        self.cdn: dict[str, bytes] = {}
        self.address = ""
        self.alice = self.world.person("alice")
        self.channel = self.world.guild("home")[0]

    # --- requests -----------------------------------------------------------------------------------------------

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[self._guard], client_max_size=25 * 2**20)
        app.add_routes([web.get("/gateway/", self.gateway.serve), web.get("/cdn/{id}/{name}", self._download)])
        app.add_routes([*self.rest.routes(), *self.tokens.routes()])
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/api"):
            return await handler(request)
        if self.gateway.offline:
            return self._hang_up(request)
        path = request.path.removeprefix("/api")
        self.requests.append((request.method, path))
        if self._taken(self.fail, request.method, path) is not None:
            return answer({"message": "Internal Server Error", "code": 0}, status=self._status)
        if not re.match(r"/(interactions|webhooks)/", path) and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return answer({"message": "401: Unauthorized", "code": 0}, status=401)
        refusal, headers = self.rates.check(request)
        if refusal is not None:
            return refusal
        lost = self._taken(self.lose, request.method, path)
        try:
            response = await handler(request)
        except RefusalError as error:
            if error.status == 400:
                self.refusals.append(f"{request.method} {path}: {error.text}")
            response = refused(error)
        if lost is not None:
            return self._hang_up(request)
        response.headers.update(headers)
        return response

    def _taken(self, list_: list[Any], method: str, path: str) -> Any:
        """Remove and return the first entry that matches this request."""
        for place, entry in enumerate(list_):
            if entry[0] == method and re.fullmatch(entry[1], path):
                self._status = entry[2] if len(entry) > 2 else 0
                return list_.pop(place)
        return None

    def _hang_up(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)

    def count(self, method: str, shape: str) -> int:
        """Count the requests with that method and path."""
        return sum(1 for each, path in self.requests if each == method and re.fullmatch(shape, path))

    async def go_offline(self) -> None:
        """Make the network unreachable."""
        self.gateway.offline = True
        await self.gateway.drop()

    def come_back(self) -> None:
        """Make the network reachable again."""
        self.gateway.offline = False

    # --- what people do -----------------------------------------------------------------------------------------

    async def say(
        self, text: str, *, channel: Channel | None = None, author: Person | None = None, answers: str | None = None,
        mention: bool = True, files: dict[str, bytes] | None = None, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Post a message, by default from Alice to the bot, and return it."""
        channel, author = channel or self.channel, author or self.alice
        bot = self.world.bot
        mention = mention and channel.guild is not None
        attached = [self._attach(name, data) for name, data in (files or {}).items()]
        made = self.world.message(
            channel, author.told(), f"<@{bot.id}> {text}" if mention else text, answers=answers,
            mentions=[bot.told()] if mention else [], attachments=attached, **more,
        )  # fmt: skip
        if answers and (answered := channel.messages.get(answers)) and answered["author"]["id"] == bot.id:
            made["mentions"] = [bot.told()]
        if channel.guild:
            made["member"] = MEMBER
        await self.gateway.tell("MESSAGE_CREATE", made, channel.guild)
        return made

    def _attach(self, name: str, data: bytes) -> dict[str, Any]:
        number = self.world.ids.next()
        self.cdn[number] = data
        kind = "text/plain" if name.endswith((".txt", ".md", ".csv")) else "image/png"
        url = f"http://{self.address}/cdn/{number}/{name}"
        return {"id": number, "filename": name, "size": len(data), "url": url, "proxy_url": url, "content_type": kind}

    async def _download(self, request: web.Request) -> web.Response:
        return web.Response(body=self.cdn[request.match_info["id"]])

    async def say_again(self, message: dict[str, Any]) -> None:
        """Send the same gateway event again."""
        channel = self.world.channels[message["channel_id"]]
        await self.gateway.tell("MESSAGE_CREATE", message, channel.guild)

    async def change(self, message: dict[str, Any], text: str) -> None:
        """Edit a message as its author."""
        channel = self.world.channels[message["channel_id"]]
        message |= {"content": text, "edited_timestamp": "2026-01-01T00:00:01+00:00"}
        await self.gateway.tell("MESSAGE_UPDATE", message, channel.guild)

    async def delete(self, message: dict[str, Any]) -> None:
        await self.rest.take_away(self.world.channels[message["channel_id"]], message["id"])

    async def delete_channel(self, channel: Channel) -> None:
        channel.deleted = True
        await self.gateway.tell("CHANNEL_DELETE", channel.told(self.world.bot.id), channel.guild)

    async def press(self, message: dict[str, Any], place: int = 0, *, author: Person | None = None) -> Pressed:
        """Press the button at that position under a message."""
        buttons = [button for row in message["components"] for button in row["components"]]
        return await self.press_id(message, buttons[place]["custom_id"], author=author)

    async def press_id(
        self, message: dict[str, Any], custom_id: str, *, author: Person | None = None, **more: Any
    ) -> Pressed:
        """Press a button by its id, which may be outdated; ``values`` are the choices in a menu."""
        data = {"component_type": 3 if "values" in more else 2, "custom_id": custom_id, **more}
        channel = self.world.channels[message["channel_id"]]
        return await self._interact(3, data, channel, author, message=message)

    async def submit(
        self, message: dict[str, Any] | None, form: Pressed, text: str, *, author: Person | None = None
    ) -> Pressed:
        """Submit the form that a press under ``message``, or a slash command, has opened."""
        row = form.answer["components"][0]["components"][0]
        field = {"type": 4, "custom_id": row["custom_id"], "value": text}
        data = {"custom_id": form.answer["custom_id"], "components": [{"type": 1, "components": [field]}]}
        channel = self.world.channels[message["channel_id"] if message else form.channel]
        return await self._interact(5, data, channel, author, **({"message": message} if message else {}))

    async def slash(
        self, name: str, channel: Channel | None = None, /, *, author: Person | None = None, **options: Any
    ) -> Pressed:
        """Use a slash command; a file is given as (name, data)."""
        lacking = self._required(name) - set(options)
        assert not lacking, f"Discord does not send /{name} without {', '.join(sorted(lacking))}"
        return await self._interact(2, self._command(name, options), channel or self.channel, author)

    async def slash_as_declared_before(self, name: str, /, **options: Any) -> Pressed:
        """Use a slash command from a client with an older declaration: options may be missing."""
        return await self._interact(2, self._command(name, options), self.channel, None)

    async def complete(
        self, name: str, option: str, text: str, channel: Channel | None = None, *, author: Person | None = None
    ) -> list[str]:
        """Type into an option and return the completions offered."""
        data = self._command(name, {option: text})
        data["options"][0]["focused"] = True
        pressed = await self._interact(4, data, channel or self.channel, author)
        return [choice["value"] for choice in pressed.answer or []]

    async def menu(self, name: str, message: dict[str, Any], *, author: Person | None = None) -> Pressed:
        """Choose an entry of a message's menu."""
        declared = self._declared(name)
        channel = self.world.channels[message["channel_id"]]
        data = {
            "id": declared["id"], "name": name, "type": 3, "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }  # fmt: skip
        return await self._interact(2, data, channel, author)

    def _declared(self, name: str) -> dict[str, Any]:
        declared = [each for place in self.world.commands.values() for each in place if each["name"] == name]
        assert declared, f"no command {name} was declared"
        return declared[0]

    def _required(self, name: str) -> set[str]:
        head, _, rest = name.partition(" ")
        options = self._declared(head).get("options") or []
        if rest:
            options = next(option for option in options if option["name"] == rest).get("options") or []
        return {option["name"] for option in options if option.get("required")}

    def _command(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        head, _, rest = name.partition(" ")
        declared = self._declared(head)
        given: list[dict[str, Any]] = []
        inner = declared
        if rest:
            inner = next(option for option in declared["options"] if option["name"] == rest)
        kinds = {option["name"]: option["type"] for option in inner.get("options") or []}
        attached = {key: self._attach(*value) for key, value in options.items() if isinstance(value, tuple)}
        options |= {key: file["id"] for key, file in attached.items()}
        given = [{"name": key, "type": kinds[key], "value": value} for key, value in options.items()]
        if rest:
            given = [{"name": rest, "type": 1, "options": given}]
        resolved = {"attachments": {file["id"]: file for file in attached.values()}}
        return {"id": declared["id"], "name": head, "type": 1, "options": given} | (
            {"resolved": resolved} if attached else {}
        )

    async def _interact(
        self, kind: int, data: dict[str, Any], channel: Channel, author: Person | None, **more: Any
    ) -> Pressed:
        author = author or self.alice
        number = self.world.ids.next()
        pressed = Pressed(number, f"token-{number}", channel.id, author.id, time.monotonic(), kind)
        if message := more.get("message"):
            pressed.original = message["id"]
        self.world.interactions[pressed.token] = pressed
        told: dict[str, Any] = {
            "id": number, "application_id": self.world.bot.id, "type": kind, "token": pressed.token, "version": 1,
            "data": data, "channel_id": channel.id, "channel": channel.told(self.world.bot.id), "locale": "en-US",
            "app_permissions": str((1 << 50) - 1), "entitlements": [], "authorizing_integration_owners": {},
            "attachment_size_limit": 10 * 2**20, "context": 0 if channel.guild else 1, **more,
        }  # fmt: skip
        if channel.guild:
            member = MEMBER | {"user": author.told(), "permissions": str(1 << 11)}
            told |= {"guild_id": channel.guild, "member": member, "guild_locale": "en-US"}
        else:
            told["user"] = author.told()
        await self.gateway.tell("INTERACTION_CREATE", told, channel.guild)
        async with asyncio.timeout(PATIENCE):
            while pressed.acknowledged is None:  # set by a request
                if time.monotonic() - pressed.born > TO_ACKNOWLEDGE:
                    raise AssertionError("the interaction was not acknowledged in time")
                await asyncio.sleep(0.01)
        return pressed

    def answers(self, channel: Channel | None = None) -> list[dict[str, Any]]:
        """The bot's messages in a channel, in their current form."""
        place = channel or self.channel
        return [
            m for m in place.messages.values()
            if (m["author"]["id"] == self.world.bot.id or m.get("webhook_id")) and not m["flags"] & 64
        ]  # fmt: skip


@contextlib.asynccontextmanager
async def wire_discord(port: int = 0) -> AsyncIterator[tuple[WireDiscord, str]]:
    """A running server and its address, ``127.0.0.1:PORT``."""
    discord = WireDiscord()
    runner = web.AppRunner(discord.application(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        discord.address = f"{host}:{port}"
        yield discord, discord.address
    finally:
        await discord.gateway.drop()
        await runner.cleanup()
