"""Groups and private chats over real WebSockets: each message is answered once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.policy.departures import Departures
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import at, connected, quoting, words
from tests.waiting import until, until_asked
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled


@pytest.mark.parametrize("form", ["array", "string"])
async def test_a_mention_is_answered_with_a_quote_in_the_group(tmp_path: Path, form: str) -> None:
    chat, engine = GroupChat(form=form), FakeEngine()
    engine.enqueue(" the owl")
    async with connected(tmp_path, chat, engine) as bot:
        number = await chat.say([at(), words(" hello")])
        await chat.until(lambda: bool(chat.posted))
        (posted,) = chat.posted
        assert (posted.place, posted.text, posted.quotes) == ("group:1", "the owl", str(number))
        assert await bot.inputs() == ["hello"]


async def test_a_private_message_is_answered(tmp_path: Path) -> None:
    chat = GroupChat(-10_000)
    async with connected(tmp_path, chat):
        await chat.say("hello", group=None, user=2**70)
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].place == f"private:{2**70}"


@pytest.mark.parametrize(
    ("said", "heard"),
    [("hello", False), ("Roost, hello", True), ("roost hello", True), ("roosting birds", False), ("hey owl", True),
     ("+help undo", True), ("/help undo", True), ("/dance", False), ("/roost", False), ("+1", False), ("++++", False),
     ("+", True)],
)  # fmt: skip
async def test_who_is_meant_in_a_group(tmp_path: Path, said: str, heard: bool) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, wake_words=["hey owl"]):
        await chat.say([at(), words("first")])
        await chat.until(lambda: len(chat.posted) == 1)
        number = await chat.say(said)
        last = await chat.say([at(), words("last")], user=8)
        expected = {str(last)} | ({str(number)} if heard else set())  # commands and messages run independently
        await chat.until(lambda: expected <= {each.quotes for each in chat.posted})
        assert heard or str(number) not in {each.quotes for each in chat.posted}


async def test_the_accounts_own_nickname_calls_it(tmp_path: Path) -> None:
    chat = GroupChat(nickname="Mochi")
    async with connected(tmp_path, chat) as bot:
        await until(lambda: bot.platform._bots and bot.platform._bots["10000"].nickname == "Mochi")
        number = await chat.say("mochi, hello")
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].quotes == str(number)


async def test_speakers_bear_their_card_else_their_nickname(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        card = {"nickname": "Ann", "card": "The Owl", "role": "member"}
        await chat.say([at(), words("hello")], sender=card)
        await chat.until(lambda: len(chat.posted) == 1)
        await chat.say([at(), words("hello again")], sender=card | {"card": ""})
        await chat.until(lambda: len(chat.posted) == 2)
        channel = await bot.store.channels.find("onebot", "group:1")
        assert channel is not None
        assert channel.head is not None
        path = await bot.store.nodes.path(channel.head)
        assert [node.author for node in path if node.kind == "chat"] == ["The Owl", "Ann"]
        assert "The Owl: hello" in path[1].read


async def test_a_picture_is_named_in_the_turn(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        await chat.say([at(), words("look "), {"type": "image", "data": {"file": "a.png", "url": "http://x/"}}])
        await chat.until(lambda: bool(chat.posted))
        assert await bot.inputs() == ["look [image]"]


async def test_in_a_talk_group_everything_is_answered_but_other_bots_commands(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, talk_groups=[1]):
        other = await chat.say("/sign", user=3)
        number = await chat.say("hello")
        await chat.until(lambda: bool(chat.posted))
        assert [each.quotes for each in chat.posted] == [str(number)]
        assert other != number


async def test_what_the_bot_butlers_and_strangers_say_is_no_talk(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, talk_groups=[1], block_users=[5], block_groups=[6]):
        await chat.say("hello", user=10_000)
        await chat.say("hello", user=2854196310)
        await chat.say("hello", sub_type="anonymous")
        await chat.say("hello", user=5)
        await chat.say([at(), words("hello")], group=6)
        number = await chat.say("hello", user=9)
        await chat.until(lambda: bool(chat.posted))
        assert [each.quotes for each in chat.posted] == [str(number)]


async def test_a_reply_to_an_old_answer_goes_on_from_it(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(" the owl", " the moon", " the river")
    async with connected(tmp_path, chat, engine) as bot:
        await chat.say([at(), words("one")])
        await chat.until(lambda: len(chat.posted) == 1)
        await chat.say([at(), words("two")])
        await chat.until(lambda: len(chat.posted) == 2)
    async with connected(tmp_path, chat, engine) as bot:  # however old: sent by another process
        await chat.say([quoting(chat.posted[0].id), words("three")])
        await chat.until(lambda: len(chat.posted) == 3)
        assert await bot.inputs() == ["one", "three"]


async def test_only_the_groups_own_administrators_are_administrators(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat):
        for user, role, group in ((7, "member", 1), (8, "admin", 1), (9, "owner", None)):
            count = len(chat.posted)
            await chat.say("+channel on", user=user, role=role, group=group)
            await chat.until(lambda count=count: len(chat.posted) > count)  # type: ignore[misc]
        refused, done, alone = (each.text for each in chat.posted)
        assert "administrators" in refused
        assert "administrators" not in done
        assert "administrators" in alone


async def test_a_message_told_twice_is_answered_once(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat):
        await chat.say([at(), words("hello")])
        event = chat.history["group:1"][0]
        await chat.emit(event)
        await chat.until(lambda: bool(chat.posted))
        await chat.emit(event)
        number = await chat.say([at(), words("more")])
        await chat.until(lambda: any(each.quotes == str(number) for each in chat.posted))
        assert len(chat.posted) == 2


async def test_what_was_said_while_we_were_away_is_answered_once(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))
        await until(lambda: not bot.platform._bots["10000"]._line._items)
    missed = await chat.say([at(), words("are you there?")], away=True)
    await chat.say("nobody is meant", away=True)
    async with connected(tmp_path, chat) as bot:
        await chat.until(lambda: len(chat.posted) == 2)
        assert chat.posted[1].quotes == str(missed)
        async with dialled(chat, bot.platform.listener.port):  # another connection of the same process
            last = await chat.say([at(), words("last")])
            await chat.until(lambda: len(chat.posted) == 3)
            assert chat.posted[2].quotes == str(last)


async def test_a_group_that_removes_the_bot_is_noted(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat) as bot:
        departures = Departures(bot.store.values)

        async def gone() -> bool:
            return [each.id for each in await departures.before(datetime.now(UTC) + timedelta(days=1))] == ["2"]

        async def back() -> bool:
            return not await departures.before(datetime.now(UTC) + timedelta(days=1))

        await chat.notice("group_decrease", sub_type="leave", group_id=1, user_id=7, operator_id=7)  # another member
        await chat.notice("group_decrease", sub_type="kick_me", group_id=2, user_id=chat.account, operator_id=7)
        await until_asked(gone)
        await chat.notice("group_increase", sub_type="invite", group_id=2, user_id=chat.account, operator_id=7)
        await until_asked(back)
