import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from bot.platforms.qq import gateway as module
from bot.platforms.qq.gateway import INTENTS, BotRefused, Gateway
from bot.platforms.qq.payloads import RawEvent
from bot.platforms.qq.rest import Credentials, Rest, Tokens
from bot.tasks import Tasks
from tests.waiting import until
from tests.wire_qq.tencent import Tencent, running

WANTED = ("group_and_c2c", "interaction")
BITS = INTENTS["group_and_c2c"] | INTENTS["interaction"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_PAUSE", 0.01)
    monkeypatch.setattr(module, "MAX_PAUSE", 0.02)


class Heard:
    def __init__(self) -> None:
        self.events: asyncio.Queue[tuple[str, Mapping[str, object]]] = asyncio.Queue()
        self.ids: list[str] = []

    def __call__(self, raw_event: RawEvent) -> None:
        self.ids.append(raw_event.id)
        self.events.put_nowait((raw_event.kind, raw_event.data))


@asynccontextmanager
async def listening(tencent: Tencent) -> AsyncIterator[tuple[Gateway, Heard]]:
    heard, tasks = Heard(), Tasks("the test")
    async with running(tencent) as url, ClientSession() as session:
        tokens = Tokens(session, Credentials("100", "s3cret"), url=url)
        gateway = Gateway(Rest(session, tokens, url=url), tokens, WANTED, heard)
        tasks.spawn(gateway.run())
        await gateway.ready.wait()
        yield gateway, heard
        await tasks.finish()


async def test_it_identifies_and_hears_events() -> None:
    tencent = Tencent()
    async with listening(tencent) as (_, heard):
        await tencent.say("C2C_MESSAGE_CREATE", id="1", content="hello")
        assert await heard.events.get() == ("C2C_MESSAGE_CREATE", {"id": "1", "content": "hello"})
        assert heard.ids == ["C2C_MESSAGE_CREATE:2"]
    data = tencent.greetings[0]["d"]
    assert isinstance(data, dict)
    assert data == {"token": "QQBot token0", "intents": BITS, "shard": [0, 1]}


async def test_after_a_break_it_resumes_and_hears_each_event_once() -> None:
    tencent = Tencent()
    async with listening(tencent) as (gateway, heard):
        await tencent.say("A", n=1)
        assert (await heard.events.get())[1] == {"n": 1}
        await tencent.cut()
        await tencent.until(lambda: len(tencent.greetings) == 2)
        await gateway.ready.wait()
        await tencent.say("A", n=3)
        assert (await heard.events.get())[1] == {"n": 3}
        assert heard.events.empty()
    assert [greeting["op"] for greeting in tencent.greetings] == [2, 6]


async def test_what_was_said_during_the_break_is_replayed() -> None:
    tencent = Tencent()
    async with listening(tencent) as (_, heard):
        await tencent.cut()
        await tencent.say("A", n=2)
        assert (await heard.events.get())[1] == {"n": 2}


@pytest.mark.parametrize("code", [4006, 4009, 4900])
async def test_a_session_that_is_gone_begins_anew(code: int) -> None:
    tencent = Tencent()
    async with listening(tencent) as (gateway, _):
        tencent.close_next = code
        await tencent.cut()
        await tencent.until(lambda: len(tencent.greetings) == 3)
        await gateway.ready.wait()
    assert [greeting["op"] for greeting in tencent.greetings] == [2, 6, 2]


async def test_an_old_token_is_renewed() -> None:
    tencent = Tencent()
    async with listening(tencent) as (gateway, _):
        tencent.close_next = 4004
        await tencent.cut()
        await tencent.until(lambda: len(tencent.greetings) == 3)
        await gateway.ready.wait()
    assert tencent.tokens == ["token0", "token1"]


DEEP = "[" * 100_000
HUGE = "9" * 400
ODD: dict[str, list[str]] = {
    "/socket": [
        "{", "1", DEEP, '{"op": 0}', '{"op": 10}', '{"op": 10, "d": []}', '{"op": 10, "d": "' + "\\ud800" + '"}',
        '{"op": 10, "d": {"heartbeat_interval": ' + "9" * 5000 + "}}",
    ],
    "/gateway/bot": ["{", "1", DEEP, "{}", '{"url": 5}', '{"url": "ws://[::"}', '{"url": "ws://a:99999999"}',
                     '{"url": "http://127.0.0.1"}', '{"url": "ws://' + "a" * 300 + '/"}'],
    "/app/getAppAccessToken": ["{", "1", DEEP, "{}", '{"code": "no"}', '{"code": []}', f'{{"code": {HUGE}}}'],
}  # fmt: skip


async def test_an_unexpected_error_ends_the_connection_and_it_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tencent = Tencent()
    async with listening(tencent) as (gateway, heard):

        def fail(_: object) -> None:
            monkeypatch.setattr(gateway, "_on_event", heard)
            raise KeyError("something that nobody expects")

        monkeypatch.setattr(gateway, "_on_event", fail)
        await tencent.say("A", n=1)
        await tencent.until(lambda: len(tencent.greetings) == 2)
        await gateway.ready.wait()
        await tencent.say("A", n=2)
        assert (await heard.events.get())[1] == {"n": 2}


@pytest.mark.parametrize("path", ODD)
async def test_odd_answers_break_the_connection_and_it_is_made_again(path: str) -> None:
    tencent = Tencent(odd_answers={path: list(ODD[path])})
    async with listening(tencent) as (_, heard):
        assert tencent.odd_answers == {path: []}
        await tencent.say("A", n=1)
        assert (await heard.events.get())[1] == {"n": 1}


@pytest.mark.parametrize("interval", ["null", "[]", '"x"', "NaN", "Infinity", "-5", HUGE])
async def test_an_odd_interval_of_heartbeats_is_the_usual_one(interval: str) -> None:
    tencent = Tencent(odd_answers={"/socket": [f'{{"op": 10, "d": {{"heartbeat_interval": {interval}}}}}']})
    async with listening(tencent):
        assert len(tencent.greetings) == 1


@pytest.mark.parametrize("seconds", ["null", "[]", '"x"', "NaN", "Infinity", HUGE])
async def test_a_token_of_an_odd_age_is_renewed_in_time(seconds: str) -> None:
    answer = f'{{"access_token": "odd", "expires_in": {seconds}}}'
    async with listening(Tencent(odd_answers={"/app/getAppAccessToken": [answer]})) as (gateway, _):
        assert await gateway._tokens.get() == "token0"


async def test_odd_frames_between_events_end_nothing() -> None:
    tencent = Tencent()
    async with listening(tencent) as (_, heard):
        for frame in ("{", DEEP, "[]", '{"op": []}', '{"op": 0}', '{"op": 0, "t": 5, "s": "x"}', '{"op": 0, "d": 5}'):
            await tencent._sockets[0].send_str(frame)
        await tencent.say("A", n=1)
        assert (await heard.events.get())[1] == {"n": 1}
    assert len(tencent.greetings) == 1


@pytest.mark.parametrize(("code", "words"), [(4914, "sandbox"), (4915, "banned")])
async def test_what_no_new_attempt_can_change_ends_it_in_words(code: int, words: str) -> None:
    tencent = Tencent(close_next=code)
    async with running(tencent) as url, ClientSession() as session:
        tokens = Tokens(session, Credentials("100", "s3cret"), url=url)
        with pytest.raises(BotRefused, match=words):
            await Gateway(Rest(session, tokens, url=url), tokens, WANTED, Heard()).run()


async def test_wrong_credentials_end_it_too() -> None:
    tencent = Tencent()
    async with running(tencent) as url, ClientSession() as session:
        tokens = Tokens(session, Credentials("100", "wrong"), url=url)
        with pytest.raises(BotRefused, match="the secret is wrong"):
            await Gateway(Rest(session, tokens, url=url), tokens, WANTED, Heard()).run()


async def test_what_is_not_granted_is_named_and_left_out() -> None:
    tencent = Tencent(granted=INTENTS["group_and_c2c"])
    async with listening(tencent) as (gateway, heard):
        await until(lambda: gateway.missing and gateway.ready.is_set())
        assert "buttons (互动事件)" in str(gateway.missing_intents)
        assert "群聊" not in str(gateway.missing_intents)
        await tencent.say("A", n=1)
        assert (await heard.events.get())[1] == {"n": 1}
    asked = [greeting["d"]["intents"] for greeting in tencent.greetings]  # type: ignore[index]
    assert asked == [BITS, INTENTS["group_and_c2c"], INTENTS["interaction"], INTENTS["group_and_c2c"]]


async def test_where_nothing_is_granted_it_ends_in_words() -> None:
    tencent = Tencent(granted=0)
    async with running(tencent) as url, ClientSession() as session:
        tokens = Tokens(session, Credentials("100", "s3cret"), url=url)
        with pytest.raises(BotRefused, match="has not granted: groups and private chats"):
            await Gateway(Rest(session, tokens, url=url), tokens, WANTED, Heard()).run()
