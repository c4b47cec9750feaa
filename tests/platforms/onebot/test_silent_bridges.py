"""Bridges that do not answer unknown actions, like Euler OneBot: the bot waits once and remembers."""

from pathlib import Path

import pytest

from bot.config.schema import OneBotSection
from bot.platforms.onebot import bridge, onebot_delivery, qq_history
from bot.platforms.onebot.onebot_setup import EXTRAS, check_bridge
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import connected, running
from tests.waiting import PATIENCE, until
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled, listening

LONG = " the owl sat in a tree. the moon said hello to you." * 8


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "TRY_SECONDS", 0.05)
    monkeypatch.setattr(onebot_delivery, "EXTRA_SECONDS", 0.05)
    monkeypatch.setattr(qq_history, "SECONDS", 0.05)


def silent() -> GroupChat:
    chat = GroupChat(extras=False)
    chat.ignores_unknown = True
    for kind in ("group", "private"):
        del chat.actions[f"send_{kind}_forward_msg"]
    return chat


def times(chat: GroupChat, action: str) -> int:
    return sum(each == action for each, _ in chat.calls)


async def test_a_long_answer_comes_as_plain_messages(tmp_path: Path) -> None:
    chat, engine = silent(), FakeEngine()
    engine.enqueue(LONG, LONG)
    async with connected(tmp_path, chat, engine, forward_after_chars=200) as bot:
        for number in (1, 2):
            await chat.say("hello", group=None)
            await chat.until(lambda number=number: len(chat.posted) == number)  # type: ignore[misc]
            await until(lambda: not bot.platform._bots["10000"]._line._items)
    assert [each.text for each in chat.posted] == [LONG.strip()] * 2
    assert times(chat, "send_private_forward_msg") == 1


async def test_what_is_only_ornament_is_tried_once(tmp_path: Path) -> None:
    chat, engine = silent(), FakeEngine()
    async with connected(tmp_path, chat, engine, thinking=True, talk_groups=[1]) as bot:
        engine.held = True
        await until(lambda: bot.platform._bots)
        await chat.say("hello")
        await until(lambda: not bot.platform._bots["10000"].bridge.supports("set_msg_emoji_like"))
        engine.held = False
        for number in (1, 2):
            await chat.until(lambda number=number: len(chat.posted) == number)  # type: ignore[misc]
            await until(lambda: not bot.platform._bots["10000"]._line._items)
            await chat.say("and you?")
        await chat.until(lambda: len(chat.posted) == 3)
    assert times(chat, "set_msg_emoji_like") == 1


async def test_what_is_said_after_a_break_waits_for_no_history_again(tmp_path: Path) -> None:
    chat = silent()
    async with running(tmp_path, talk_groups=[1, 2, 3]) as bot:
        for number in (1, 2):
            async with dialled(chat, bot.platform.listener.port):
                await chat.say("hello")
                await chat.until(lambda number=number: len(chat.posted) == number)  # type: ignore[misc]


async def test_the_doctor_names_what_it_lacks() -> None:
    chat = silent()
    del chat.actions["get_login_info"]
    chat.ignores_unknown = False
    async with listening(chat) as (_, port):
        config = OneBotSection(enabled=True, port=0, urls=[f"ws://127.0.0.1:{port}/"])
        found = [each async for each in check_bridge(config, PATIENCE)]
    assert (found[0].mark, str(found[0].text)) == ("ok", "connected as (10000) through SmallBridge 1.0")
    assert len(found) == 1 + len(EXTRAS)
    chat.actions["get_login_info"] = set()
    chat.ignores_unknown = True
    async with listening(chat) as (_, port):
        config = OneBotSection(enabled=True, port=0, urls=[f"ws://127.0.0.1:{port}/"])
        found = [each async for each in check_bridge(config, PATIENCE)]
    assert (found[0].mark, str(found[0].text)) == ("ok", "connected as Roost (10000) through SmallBridge 1.0")
    assert [each.mark for each in found[1:]] == ["note"] * len(EXTRAS)
