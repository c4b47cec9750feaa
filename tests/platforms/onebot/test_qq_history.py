"""Nothing is lost or sent twice, whatever fails."""

import asyncio
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.events import Author, Origin, Said
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.onebot import bot_account
from bot.platforms.onebot import qq_history as module
from bot.store.inbox import Entry
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import at, connected, running, words
from tests.waiting import PATIENCE, until
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled

QUESTIONS = {"get_login_info", "get_version_info", "get_group_list", "get_group_msg_history", "get_friend_msg_history"}
LONG = " the owl sat in a tree. the moon said hello to you." * 4


async def test_what_was_being_answered_is_answered_by_the_next_process(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.held = True
    async with connected(tmp_path, chat, engine):
        number = await chat.say([at(), words("hello")])
        await until(lambda: engine.requests)
    assert chat.posted == []
    async with connected(tmp_path, chat) as bot:
        await chat.until(lambda: bool(chat.posted))
        assert [each.quotes for each in chat.posted] == [str(number)]
        assert await bot.inputs() == ["hello"]


async def test_the_rest_of_the_pieces_comes_after_a_restart(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(LONG)
    async with connected(tmp_path, chat, engine, pieces=3):
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))
    count = len(chat.posted)
    async with connected(tmp_path, chat, pieces=3) as bot:
        await chat.until(lambda: len(chat.posted) == 3)
        assert " ".join(each.text for each in chat.posted) == LONG.strip()
        assert count < 3
        assert not bot.engine.requests


async def test_an_answer_waits_for_the_bridge(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.held = True
    async with running(tmp_path, engine) as bot:
        async with dialled(chat, bot.platform.listener.port):
            number = await chat.say([at(), words("hello")])
            await until(lambda: engine.requests)
        engine.held = False
        async with dialled(chat, bot.platform.listener.port):
            await chat.until(lambda: bool(chat.posted))
            assert [each.quotes for each in chat.posted] == [str(number)]


async def test_old_messages_are_left_alone(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, catch_up_minutes=0):
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))
    await chat.say([at(), words("missed")], away=True)
    async with connected(tmp_path, chat, catch_up_minutes=0):
        number = await chat.say([at(), words("live")])
        await chat.until(lambda: len(chat.posted) == 2)
        assert chat.posted[1].quotes == str(number)


async def test_a_bridge_that_answers_no_questions_delays_nobody_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    chat = GroupChat()
    async with connected(tmp_path, chat, talk_groups=list(range(1, 31))):
        await chat.say("hello")
        await chat.until(lambda: bool(chat.posted))
    chat.lose_answers_to = QUESTIONS
    async with connected(tmp_path, chat, talk_groups=list(range(1, 31))):
        number = await chat.say("are you there?")
        await chat.until(lambda: any(each.quotes == str(number) for each in chat.posted))
    asked = [action for action, _ in chat.calls].count("get_group_msg_history")
    assert asked <= 12, "after the first questions without an answer it asks no more"


async def test_a_history_that_does_not_come_at_first_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    monkeypatch.setattr(bot_account, "ASK_AGAIN", 0.05)
    chat, engine = GroupChat(), FakeEngine()
    engine.held = True
    async with connected(tmp_path, chat, engine):
        taken = await chat.say([at(), words("taken in")])
        await until(lambda: engine.requests)
    missed = await chat.say([at(), words("missed")], away=True)
    chat.lose_answers_to = {"get_group_msg_history"}
    async with connected(tmp_path, chat):
        await chat.until(lambda: bool(chat.posted))  # inbox items do not wait for the history
        monkeypatch.setattr(module, "SECONDS", PATIENCE)  # what is answered from here on is waited for
        chat.lose_answers_to.clear()
        await chat.until(lambda: len(chat.posted) == 2)
    assert [each.quotes for each in chat.posted] == [str(taken), str(missed)]


async def test_within_a_second_the_order_is_that_of_the_history(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        await until(lambda: bool(bot.platform._bots))
        numbers = [str(await chat.say([at(), words("hello")], away=True, time=5)) for _ in range(3)]
        event = {"account": "10000", "event": chat.messages[numbers[1]]}
        taken = Entry("group:1", numbers[1], "1", (), None, datetime.now(UTC), user="", event=event, node=None)
        history = bot.platform._bots["10000"]._history
        found = await history.read("group:1", [taken], datetime.fromtimestamp(0, UTC))
        assert [each.id for each in found] == numbers


async def test_where_the_connection_breaks_while_the_history_is_read_the_order_stays(tmp_path: Path) -> None:
    chat = GroupChat()
    async with running(tmp_path) as bot:
        async with dialled(chat, bot.platform.listener.port):
            await chat.say([at(), words("zero")])
            await chat.until(lambda: bool(chat.posted))
        missed = await chat.say([at(), words("missed")], away=True)
        chat.lose_answers_to.add("get_group_msg_history")
        chat.calls.clear()
        async with dialled(chat, bot.platform.listener.port):
            await chat.until(lambda: any(action == "get_group_msg_history" for action, _ in chat.calls))
            live = await chat.say([at(), words("live")])
        await until(lambda: not bot.platform._bots["10000"].bridge.connected)
        chat.lose_answers_to.clear()
        async with dialled(chat, bot.platform.listener.port):
            await chat.until(lambda: len(chat.posted) == 3)
            assert [each.quotes for each in chat.posted[1:]] == [str(missed), str(live)]


async def test_what_was_recalled_while_the_history_is_read_is_not_answered(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat):
        await chat.say([at(), words("zero")])
        await chat.until(lambda: bool(chat.posted))
    missed = await chat.say([at(), words("missed")], away=True)
    recalled = await chat.say([at(), words("my password is owl")], away=True)
    chat.held_answers = asyncio.Event()
    async with connected(tmp_path, chat) as bot:
        await chat.until(lambda: any(action == "get_group_msg_history" for action, _ in chat.calls))
        await chat.notice("group_recall", group_id=1, user_id=7, operator_id=7, message_id=recalled)
        await until(lambda: bot.platform._bots["10000"]._line._deleted)
        chat.held_answers.set()
        live = await chat.say([at(), words("live")])
        await chat.until(lambda: any(each.quotes == str(live) for each in chat.posted))
        assert [each.quotes for each in chat.posted[1:]] == [str(missed), str(live)]
        assert await bot.inputs() == ["zero", "missed", "live"]


async def test_what_was_recalled_while_the_bot_was_away_is_not_answered(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.held = True
    async with connected(tmp_path, chat, engine):
        await chat.say("before", time=time.time() - 9)
        number = await chat.say([at(), words("my password is owl")], time=time.time() - 6)
        await until(lambda: engine.requests)
    chat.history["group:1"] = deque(each for each in chat.history["group:1"] if each["message_id"] != number)
    live = await chat.say([at(), words("later")], away=True)  # nothing from before the first process started listening
    async with connected(tmp_path, chat) as bot:
        await chat.until(lambda: bool(chat.posted))
        assert [each.quotes for each in chat.posted] == [str(live)]
        assert await bot.inputs() == ["later"]


async def test_what_was_shown_is_asked_for_again_after_a_break(tmp_path: Path) -> None:
    chat = GroupChat()
    async with running(tmp_path) as bot:
        port = bot.platform.listener.port
        async with dialled(chat, port):
            number = await chat.say([at(), words("hello")])
            await chat.until(lambda: bool(chat.posted))
            chat.lose_answers_to.add("get_group_msg_history")
            chat.calls.clear()
            said = Said(
                origin=Origin(platform="onebot", channel="group:1", author=Author("7", "Ann")),
                text="hello",
                id=str(number),
            )
            incoming = IncomingEvent(id=str(number), event=said, at=0.0)
            shown = asyncio.ensure_future(bot.platform._bots["10000"]._history.shown(incoming))
            await chat.until(lambda: any(action == "get_group_msg_history" for action, _ in chat.calls))
        chat.lose_answers_to.clear()
        async with dialled(chat, port):
            assert await shown == [str(chat.posted[0].id)]
