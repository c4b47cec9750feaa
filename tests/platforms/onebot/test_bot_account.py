"""Account events other than messages."""

from pathlib import Path

import pytest

from bot.platforms.onebot import bot_account as module
from bot.platforms.onebot.message_splitter import MessageSplitter
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import at, connected, quoting, running, words
from tests.waiting import until
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled


async def test_a_recalled_message_stops_its_answer_and_takes_back_its_turn(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    async with connected(tmp_path, chat, engine) as bot:
        number = await chat.say([at(), words("one")])
        await chat.until(lambda: len(chat.posted) == 1)
        engine.held = True
        secret = await chat.say([at(), words("my password is owl")])
        await until(lambda: len(engine.requests) == 2)
        await chat.notice("group_recall", group_id=1, user_id=7, operator_id=7, message_id=secret)
        await until(lambda: not bot.platform._bots["10000"]._line._items)
        engine.held = False
        assert await bot.inputs() == ["one"]
        await chat.notice("group_recall", group_id=1, user_id=7, operator_id=9, message_id=number)
        last = await chat.say([at(), words("last")])
        await chat.until(lambda: any(each.quotes == str(last) for each in chat.posted))
        assert await bot.inputs() == ["last"]


async def test_a_poke_of_the_bot_says_what_is_configured(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, poke="(pokes you)") as bot:
        await chat.notice("notify", sub_type="poke", group_id=1, user_id=7, target_id=8)
        await chat.notice("notify", sub_type="poke", group_id=1, user_id=7, target_id=10_000)
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].quotes is None
        assert await bot.inputs() == ["(pokes you)"]


async def test_where_the_account_is_muted_nothing_is_tried(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    async with connected(tmp_path, chat, engine):
        await chat.notice("group_ban", sub_type="ban", group_id=1, user_id=10_000, operator_id=9, duration=600)
        await chat.say([at(), words("hello")])
        await chat.say("hello", group=None)
        await chat.until(lambda: bool(chat.posted))
        assert [each.place for each in chat.posted] == ["private:7"]
        await chat.notice("group_ban", sub_type="lift_ban", group_id=1, user_id=10_000, operator_id=9, duration=0)
        await chat.say([at(), words("hello again")])
        await chat.until(lambda: len(chat.posted) == 2)


async def test_a_foreign_quote_is_read_into_the_turn(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        other = await chat.say("the owl is wise", user=8, name="Ben")
        await chat.say([quoting(other), at(), words("is that so?")])
        await chat.until(lambda: bool(chat.posted))
        assert await bot.inputs() == ["is that so?\n[quoted from Ben]\nthe owl is wise"]


async def test_a_connection_that_is_only_half_there_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    chat = GroupChat()
    async with running(tmp_path) as bot, dialled(chat, bot.platform.listener.port) as connection:
        await chat.heartbeat(interval=1)  # one second is the shortest accepted value
        await connection.wait_closed()
        async with dialled(chat, bot.platform.listener.port):
            await chat.say([at(), words("hello")])
            await chat.until(lambda: bool(chat.posted))


def test_a_text_that_would_flood_the_chat_is_a_file() -> None:
    capabilities = module.capabilities_of(MessageSplitter())
    assert capabilities.files
    assert capabilities.cut is not None
    assert len(capabilities.cut("word " * (capabilities.file_after // 5))) <= 5
