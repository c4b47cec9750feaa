"""Answers in private chats are streamed."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.events import Author, Origin, Said
from bot.platforms.line.choices import Choices
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.sending import Delivery, FrameSkipped, MessageRejected, Outgoing
from bot.platforms.qq import qq_delivery as whole_module
from bot.platforms.qq import stream_delivery as module
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.message_forms import MessageForms
from bot.platforms.qq.private_stream import STEADY
from bot.platforms.qq.qq_delivery import DeliveryContext
from bot.platforms.qq.reply_windows import MAX_MESSAGE_LENGTH
from bot.platforms.qq.rest import Credentials, Rest, Tokens, Unreachable
from bot.platforms.qq.stream_delivery import StreamSender
from tests.fakes import FakeEngine
from tests.platforms.qq.running_bot import Running, private_message, talking
from tests.waiting import until
from tests.wire_qq.outbox import Json, Outbox
from tests.wire_qq.tencent import Tencent, running

SHORT = " the owl sat in a tree. the moon said hello to you."
LONG = SHORT * 20


def slow(*replies: str) -> FakeEngine:
    engine = FakeEngine(delay=0.02)
    for reply in replies:
        engine.enqueue(reply)
    return engine


async def test_an_answer_grows_in_one_message(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url, slow(LONG, LONG)) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("C2C_MESSAGE_CREATE", **private_message("m1", "hello"))
        await until(lambda: any(stream.done for stream in tencent.outbox.streams.values()))
        (stream,) = tencent.outbox.streams.values()
        assert len(stream.frames) > 2
        assert stream.frames[-1].startswith(LONG.strip())
        assert "Reply with a number" in stream.frames[-1]
        assert tencent.sent == []
        await bot.until_recorded("REFIDX_STREAM1", "users:U1")
        quote = {"message_type": 103, "msg_elements": [{"msg_idx": "REFIDX_STREAM1", "content": "x"}]}
        await tencent.say("C2C_MESSAGE_CREATE", **(private_message("m2", "go on") | quote))
        await until(lambda: len(tencent.outbox.streams) == 2)
        await until(lambda: all(stream.done for stream in tencent.outbox.streams.values()))
        assert await bot.inputs("users:U1") == ["hello", "go on"]


async def test_what_cannot_be_streamed_comes_whole_and_is_not_tried_for_ever(tmp_path: Path) -> None:
    tencent, tries = Tencent(outbox=Outbox(streaming=False)), list[str]()

    def note(path: str, body: Json) -> None:
        tries.append(path.rpartition("/")[2])

    tencent.outbox.fail = note
    async with running(tencent) as url, talking(tmp_path, url, slow(*[SHORT] * 5)):
        await tencent.until(lambda: bool(tencent.greetings))
        for count in range(1, 6):
            await tencent.say("C2C_MESSAGE_CREATE", **private_message(f"m{count}", "hello"))
            await tencent.until(lambda count=count: len(tencent.sent) == count)  # type: ignore[misc]
    assert tries.count("stream_messages") == module.MAX_FAILURES
    assert [sent.text.splitlines()[0] for sent in tencent.sent] == [SHORT.strip()] * 5


async def test_a_lost_end_is_told_again_and_nothing_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (module, whole_module):
        monkeypatch.setattr(each, "FIRST_PAUSE", 0.01)
    tencent, real = Tencent(), Rest.request
    ends: list[object] = []

    async def unsure(rest: Rest, method: str, path: str, body: Json) -> object:
        data = await real(rest, method, path, body)  # type: ignore[arg-type]
        if body.get("input_state") == 10:
            ends.append(body["index"])
            if len(ends) < 3:
                raise Unreachable("the answer was lost")
        return data

    async with running(tencent) as url, talking(tmp_path, url, slow(LONG)):
        await tencent.until(lambda: bool(tencent.greetings))
        monkeypatch.setattr(Rest, "request", unsure)
        await tencent.say("C2C_MESSAGE_CREATE", **private_message("m1", "hello"))
        await until(lambda: len(ends) == 3)
    assert tencent.sent == []
    assert len(tencent.outbox.streams) == 1


class Nothing:
    """An empty table."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        return default

    async def set(self, scope: str, key: str, value: object) -> None:
        pass

    async def items(self, scope: str) -> dict[str, object]:
        return {}


@asynccontextmanager
async def delivering(tencent: Tencent, kept: list[list[str]]) -> AsyncIterator[Delivery]:
    async def keep(channel: str, message: str, shown: list[str]) -> None:
        kept.append(shown)

    async with running(tencent) as url, ClientSession() as session:
        rest = Rest(session, Tokens(session, Credentials("100", "s3cret"), url=url), url=url)
        forms = MessageForms(Nothing(), markdown=True, keyboards=True)
        choices = Choices("qq", Nothing(), lambda name: name)
        context = DeliveryContext(rest=rest, forms=forms, choices=choices, report_missing=lambda place, what: None)
        origin = Origin(platform="qq", channel="users:U1", author=Author("U1", "Ann"))
        incoming = IncomingEvent(id="m1", event=Said(origin=origin, text="hello", id="m1"), at=time.time())
        yield StreamSender(context, keep).delivery(incoming)


async def test_too_many_requests_delay_the_end_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    tencent, busy = Tencent(), [True, True, False, True, True]
    real = Rest.request

    async def limited(rest: Rest, method: str, path: str, body: Json) -> object:
        if path.endswith("stream_messages") and busy and busy.pop(0):
            raise QQError(429, "too many", status=429)
        return await real(rest, method, path, body)  # type: ignore[arg-type]

    monkeypatch.setattr(Rest, "request", limited)
    async with delivering(tencent, []) as delivery:
        for _ in range(2):
            with pytest.raises(FrameSkipped):
                await delivery.post(Outgoing(text="the owl", streaming=True))
        number = await delivery.post(Outgoing(text="the owl", streaming=True))
        await delivery.edit(number, Outgoing(text="the owl sat"))
    assert [(each.frames[-1], each.done) for each in tencent.outbox.streams.values()] == [("the owl sat", True)]
    assert tencent.sent == []


async def test_a_long_answer_goes_on_in_further_messages() -> None:
    tencent, kept = Tencent(), list[list[str]]()
    first, second = "a" * MAX_MESSAGE_LENGTH, "b" * 100
    async with delivering(tencent, kept) as delivery:
        one = await delivery.post(Outgoing(text=first[:100], streaming=True))
        await delivery.edit(one, Outgoing(text=first, streaming=True))
        assert tencent.outbox.streams["STREAM1"].frames[-1] == first[:STEADY], "the rest may still move on"
        two = await delivery.post(Outgoing(text=second[:10], streaming=True))
        assert (tencent.outbox.streams["STREAM1"].frames[-1], tencent.outbox.streams["STREAM1"].done) == (first, True)
        await delivery.edit(two, Outgoing(text=second))
        await delivery.end(answered=True)
    assert (tencent.outbox.streams["STREAM2"].frames[-1], tencent.outbox.streams["STREAM2"].done) == (second, True)
    assert [key.rpartition(":")[0] for key in kept[-1]] == ["stream:STREAM1", "stream:STREAM2"]
    assert tencent.sent == []


async def test_what_was_shown_never_changes() -> None:
    tencent = Tencent()
    async with delivering(tencent, []) as delivery:
        one = await delivery.post(Outgoing(text="```py\nowl\n```", streaming=True))
        with pytest.raises(FrameSkipped):
            await delivery.edit(one, Outgoing(text="the river", streaming=True))
        await delivery.edit(one, Outgoing(text="```py\nowl = 1\n```", streaming=True))
        with pytest.raises(MessageRejected):
            await delivery.edit(one, Outgoing(text="the river"))
        assert await delivery.post(Outgoing(text="the river"))
    assert tencent.outbox.streams["STREAM1"].frames[:2] == ["```py\nowl", "```py\nowl = 1"]
    assert tencent.outbox.streams["STREAM1"].done
    assert [sent.text for sent in tencent.sent] == ["the river"]


async def test_a_stream_that_ends_in_the_middle_is_ended_there() -> None:
    tencent = Tencent()
    async with delivering(tencent, []) as delivery:
        await delivery.post(Outgoing(text="the owl", streaming=True))
        await delivery.end(answered=False)
    assert tencent.outbox.streams["STREAM1"].done


async def test_after_a_restart_a_committed_answer_is_completed_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tencent, real, cuts = Tencent(), Rest.request, list[Json]()

    async def cut(rest: Rest, method: str, path: str, body: Json) -> object:
        if body.get("input_state") == 10:
            cuts.append(body)
            raise Unreachable("the network is gone")
        return await real(rest, method, path, body)  # type: ignore[arg-type]

    async with running(tencent) as url:
        async with talking(tmp_path, url, slow(LONG)):
            await tencent.until(lambda: bool(tencent.greetings))
            monkeypatch.setattr(Rest, "request", cut)
            await tencent.say("C2C_MESSAGE_CREATE", **private_message("m1", "hello"))
            await until(lambda: tencent.outbox.streams and len(tencent.outbox.streams["STREAM1"].frames[-1]) > 900)
            await until(lambda: cuts)
        monkeypatch.setattr(Rest, "request", real)
        async with talking(tmp_path, url) as bot:
            await until(lambda: tencent.outbox.streams["STREAM1"].done)
            await until(lambda: _settled(bot))
            assert not bot.engine.requests
    assert tencent.outbox.streams["STREAM1"].frames[-1].startswith(LONG.strip())
    assert (len(tencent.sent), len(tencent.outbox.streams)) == (0, 1)


async def test_after_a_restart_an_answer_that_was_not_committed_comes_anew(tmp_path: Path) -> None:
    tencent, engine = Tencent(), FakeEngine(delay=0.02)
    engine.enqueue(LONG)
    async with running(tencent) as url:
        async with talking(tmp_path, url, engine) as bot:
            await tencent.until(lambda: bool(tencent.greetings))
            await tencent.say("C2C_MESSAGE_CREATE", **private_message("m1", "hello"))
            await until(lambda: bool(tencent.outbox.streams))
            await until(lambda: len(tencent.outbox.streams["STREAM1"].frames) > 1)
            (entry,) = await bot.store.inbox.open("qq")
            assert [key.rpartition(":")[0] for key in entry.shown] == ["stream:STREAM1"], "its number grows with time"
        async with talking(tmp_path, url) as bot:
            await until(lambda: bool(tencent.sent) or any(each.done for each in tencent.outbox.streams.values()))
            assert await bot.inputs("users:U1") == ["hello"]


def _settled(bot: Running) -> bool:
    assert bot.platform.bot is not None
    return not bot.platform.bot._lines._private._items


async def test_without_streaming_it_comes_whole(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url, slow(LONG), streaming=False):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("C2C_MESSAGE_CREATE", **private_message("m1", "hello"))
        await tencent.until(lambda: bool(tencent.sent))
    assert tencent.outbox.streams == {}
