"""Another bridge: OneBots, with an adapter that accepts only text."""

from pathlib import Path

import pytest

from bot.platforms.onebot import posting
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import connected, running, words
from tests.waiting import until
from tests.wire_onebot.links import dialled
from tests.wire_onebot.onebots import OneBotsChat

LONG = " the owl sat in a tree. the moon said hello to you." * 8
NEVER = 3600.0  # seconds; a test that waits this long fails


@pytest.fixture(autouse=True)
def nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "RETRY_AFTER", NEVER)


async def test_what_it_does_not_know_is_tried_once(tmp_path: Path) -> None:
    chat = OneBotsChat()
    async with connected(tmp_path, chat, thinking=True, talk_groups=[1]) as bot:
        for number in (1, 2):
            await chat.say("hello")
            await chat.until(lambda number=number: len(chat.posted) == number)  # type: ignore[misc]
            await until(lambda: not bot.platform._bots["10000"]._line._items)
        assert await bot.inputs() == ["hello", "hello"]
    assert sorted(chat.refusals) == ["Mock 不支持消息段 reply", "Unknown action: set_msg_emoji_like"]


async def test_a_long_answer_comes_as_plain_messages(tmp_path: Path) -> None:
    chat, engine = OneBotsChat(), FakeEngine()
    engine.enqueue(LONG)
    async with connected(tmp_path, chat, engine, quote=False, forward_after_chars=200):
        await chat.say("hello", group=None)
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].text == LONG.strip()
    assert chat.refusals[-1] == "make_forward_message not implemented"


async def test_what_was_said_meanwhile_is_read_from_its_history(tmp_path: Path) -> None:
    chat = OneBotsChat()
    async with connected(tmp_path, chat, talk_groups=[1]):
        await chat.say("hello")
        await chat.until(lambda: bool(chat.posted))
    await chat.say("are you there?", away=True)
    async with connected(tmp_path, chat, talk_groups=[1]) as bot:
        await chat.until(lambda: len(chat.posted) == 2)
        await until(lambda: not bot.platform._bots["10000"]._line._items)
        assert await bot.inputs() == ["hello", "are you there?"]
    async with connected(tmp_path, chat, talk_groups=[1]):
        await chat.say("good night")
        await chat.until(lambda: len(chat.posted) == 3)
    assert len(chat.posted) == 3


async def test_a_lost_message_is_found_in_its_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LOOK_AFTER", 0.0)
    chat = OneBotsChat()
    async with connected(tmp_path, chat, quote=False) as bot:
        chat.time_out_though_sent = 1
        await chat.say("hello", group=None)
        await chat.until(lambda: bool(chat.posted))
        await until(lambda: not bot.platform._bots["10000"]._line._items)
    assert len(chat.posted) == 1


async def test_its_header_names_the_account_otherwise_than_its_events(tmp_path: Path) -> None:
    chat = OneBotsChat()
    async with running(tmp_path) as bot:
        headers = {"X-Self-ID": "test_bot"}
        async with dialled(chat, bot.platform.listener.port, **headers):
            await chat.say([{"type": "at", "data": {"qq": "test_bot"}}, words("hello")])
            await chat.until(lambda: bool(chat.posted))
            assert await bot.inputs() == ["hello"]


async def test_forwards_that_tell_only_what_was_said_are_read(tmp_path: Path) -> None:
    chat = OneBotsChat()
    chat.forwards["f1"] = [{"message": [{"type": "text", "data": {"text": "who?"}}]}]
    async with connected(tmp_path, chat) as bot:
        await chat.say(
            [{"type": "forward", "data": {"id": "f1"}}, {"type": "text", "data": {"text": "see"}}], group=None
        )
        await chat.until(lambda: bool(chat.posted))
        (said,) = await bot.inputs("private:7")
        assert "somebody: who?" in said
