"""The load run against the simulated Tencent: groups, and private chats with streamed answers."""

import random
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tests.platforms.many_people import ManyPeople, Report, Shape
from tests.platforms.qq.running_bot import group_message, private_message
from tests.wire_qq.tencent import Tencent

PRIVATE_SHARE = 5  # every fifth person talks to the bot in private


class FlakyTencent(Tencent):
    """Fails a share of the sends: without sending, after sending, or as rate limited."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.report = Report()
        self._share, self._random = share, random.Random(11)

    async def message(self, request: web.Request) -> web.Response:
        if self._random.random() >= self._share:
            return await super().message(request)
        self.report.failed += 1
        kind = self._random.randrange(3)
        if kind == 0:
            return web.json_response({"message": "too many"}, status=429)
        if kind == 1:
            await super().message(request)
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=500)


class Load(ManyPeople):
    """Many people in groups, and some in private chats."""

    def __init__(self, folder: Path, tencent: FlakyTencent, shape: Shape) -> None:
        super().__init__(folder, shape, section(tencent.url))
        tencent.report = self.report
        self.tencent = tencent
        self._number = 1000

    async def connected(self) -> None:
        await self.tencent.until(lambda: bool(self.tencent.greetings))

    async def say(self, user: int, words: str) -> tuple[str, str]:
        self._number += 1
        number, name = f"m{self._number}", f"USER{user}"
        if user % PRIVATE_SHARE == 0:
            author = {"user_openid": name, "username": name}
            await self.tencent.say("C2C_MESSAGE_CREATE", **(private_message(number, words) | {"author": author}))
            return f"users/{name}", number
        group = f"G{1 + user % self.shape.groups}"
        author = {"member_openid": name, "username": name}
        body = group_message(number, words) | {"author": author, "group_openid": group}
        await self.tencent.say("GROUP_AT_MESSAGE_CREATE", **body)
        return f"groups/{group}", number

    async def until(self, done: Callable[[], bool]) -> None:
        await self.tencent.until(done)

    def answers(self, place: str, message: str) -> list[float]:
        outbox = self.tencent.outbox
        whole = [sent.at for sent in outbox.answers[message]]
        return whole + [each.began for each in outbox.growing[message] if each.done]

    def order(self, place: str) -> list[str]:
        outbox = self.tencent.outbox
        whole = [(sent.at, str(sent.body["msg_id"])) for sent in outbox.sent if sent.place == place]
        grown = [(each.began, each.answers) for each in outbox.streams.values() if each.place == place and each.done]
        return [message for _, message in sorted(whole + grown)]

    async def drop(self) -> bool:
        return await self.tencent.abort()


def section(url: str) -> str:
    """Return the [qq] section for the run."""
    return f'[discord]\nenabled = false\n[qq]\napp_id = "100"\nsecret = "s3cret"\napi_base = "{url}"\n'
