import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.rest import Credentials, Rest, Tokens, Unreachable
from tests.wire_qq.outbox import Outbox
from tests.wire_qq.tencent import Tencent, running

GOOD = Credentials("100", "s3cret")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def connected(
    tencent: Tencent, credentials: Credentials = GOOD, clock: Clock | None = None
) -> AsyncIterator[tuple[Rest, Tokens]]:
    async with running(tencent) as url, ClientSession() as session:
        tokens = Tokens(session, credentials, url=url, clock=clock or Clock())
        yield Rest(session, tokens, url=url), tokens


async def test_one_token_serves_many_requests_and_is_renewed_before_it_ends() -> None:
    tencent, clock = Tencent(token_seconds=100), Clock()
    async with connected(tencent, clock=clock) as (rest, _):
        await asyncio.gather(*(rest.request("GET", "/gateway/bot") for _ in range(5)))
        assert tencent.tokens == ["token0"]
        clock.now = 49.0
        await rest.request("GET", "/gateway/bot")
        assert tencent.tokens == ["token0"]
        clock.now = 51.0
        await rest.request("GET", "/gateway/bot")
        assert tencent.tokens == ["token0", "token1"]


async def test_a_token_that_ended_early_is_renewed_once() -> None:
    tencent = Tencent()
    async with connected(tencent) as (rest, _):
        await rest.request("GET", "/gateway/bot")
        tencent.tokens.append("somebody else's")
        await rest.request("GET", "/gateway/bot")
        assert tencent.tokens == ["token0", "somebody else's", "token2"]


@pytest.mark.parametrize(
    ("credentials", "words"),
    [(Credentials("9", "s3cret"), "the app id is wrong"), (Credentials("100", "x"), "the secret is wrong")],
)
async def test_wrong_credentials_are_said_in_words(credentials: Credentials, words: str) -> None:
    async with connected(Tencent(), credentials) as (rest, _):
        with pytest.raises(QQError, match=words):
            await rest.request("GET", "/gateway/bot")
    assert "s3cret" not in repr(GOOD)


async def test_an_answer_has_its_meaning() -> None:
    tencent = Tencent(outbox=Outbox(fail=lambda path, body: 40054003))
    async with connected(tencent) as (rest, _):
        with pytest.raises(QQError, match="no longer in this group") as caught:
            await rest.request("POST", "/v2/groups/G1/messages", {"content": "hi"})
        assert (caught.value.meaning.kind, caught.value.trace) == ("refused", "t1")
        tencent.outbox.fail = lambda path, body: 77
        with pytest.raises(QQError, match=r"QQ refused it: no \(77\)"):
            await rest.request("POST", "/v2/groups/G1/messages", {"content": "hi"})


async def test_without_an_answer_it_is_unreachable() -> None:
    async with ClientSession() as session:
        tokens = Tokens(session, GOOD, url="http://127.0.0.1:1")
        with pytest.raises(Unreachable):
            await Rest(session, tokens, url="http://127.0.0.1:1").request("GET", "/gateway/bot")
