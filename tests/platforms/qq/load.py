"""The load run against our small Tencent: groups, and private talks whose answers grow."""

import random
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tests.platforms.many_people import ManyPeople, Shape
from tests.platforms.qq.onqq import group_message, private_message
from tests.wire_qq.tencent import Tencent

PRIVATE_SHARE = 5  # every fifth person talks to the bot alone


class MoodyTencent(Tencent):
    """Fails at a share of the sends: without doing it, or though it is done, or because there were too many."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.failed = 0
        self._share, self._random = share, random.Random(11)

    async def message(self, request: web.Request) -> web.Response:
        if self._random.random() >= self._share:
            return await super().message(request)
        self.failed += 1
        kind = self._random.randrange(3)
        if kind == 0:
            return web.json_response({"message": "too many"}, status=429)
        if kind == 1:
            await super().message(request)
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=500)


class Load(ManyPeople):
    """Groups full of people, and some who talk alone."""

    def __init__(self, folder: Path, tencent: MoodyTencent, shape: Shape) -> None:
        super().__init__(folder, shape, section(tencent.url))
        self.tencent = tencent
        self._number = 1000

    async def connected(self) -> None:
        await self.tencent.until(lambda: bool(self.tencent.greetings))

    async def serve(self) -> None:
        """It answers by itself."""

    async def say(self, user: int, words: str) -> tuple[str, int]:
        self._number += 1
        number, name = f"m{self._number}", f"USER{user}"
        if user % PRIVATE_SHARE == 0:
            author = {"user_openid": name, "username": name}
            await self.tencent.say("C2C_MESSAGE_CREATE", **(private_message(number, words) | {"author": author}))
            return f"users/{name}", self._number
        group = f"G{1 + user % self.shape.groups}"
        author = {"member_openid": name, "username": name}
        body = group_message(number, words) | {"author": author, "group_openid": group}
        await self.tencent.say("GROUP_AT_MESSAGE_CREATE", **body)
        return f"groups/{group}", self._number

    async def until(self, done: Callable[[], bool]) -> None:
        await self.tencent.until(done)

    def is_answered(self, number: int) -> bool:
        return bool(self.answers(number))

    def answers(self, number: int) -> list[float]:
        """When each whole answer to a message was sent, or began to grow."""
        outbox, answered = self.tencent.outbox, f"m{number}"
        whole = [sent.at for sent in outbox.answers[answered]]
        return whole + [each.began for each in outbox.growing[answered] if each.done]

    async def drop(self) -> bool:
        return await self.tencent.abort()


def section(url: str) -> str:
    """[qq] of the run."""
    return f'[qq]\napp_id = "100"\nsecret = "s3cret"\napi_base = "{url}"\n'


def check(load: Load) -> dict[str, float]:
    """That everything was answered once and in order, within its window; returns the figures."""
    report, outbox, first = load.report, load.tencent.outbox, list[float]()
    said_in: dict[str, list[str]] = defaultdict(list)
    for place, number, began in report.said:
        found = load.answers(number)
        assert len(found) == 1, f"{len(found)} answers to m{number} in {place}"
        first.append(found[0] - began)
        said_in[place].append(f"m{number}")
    for place, numbers in said_in.items():
        if place.startswith("groups"):
            order = [str(sent.body["msg_id"]) for sent in outbox.sent if sent.place == place]
            assert order == sorted(numbers), f"answers in {place} are out of order"
    assert not set(outbox.refused) - {40054005}, outbox.refused  # only what was sent already was refused
    return {
        "messages": len(report.said), "first": statistics.median(first), "longest": max(first),
        "drops": report.drops, "failed": load.tencent.failed, "lives": len(report.memory),
        "grown": sum(each.done for each in outbox.streams.values()),
        "left unfinished": sum(not each.done for each in outbox.streams.values()),
    }  # fmt: skip
