"""Opening channels: each has one conversation, whatever its name."""

import asyncio

import pytest

from bot.chat.conversations import MAX_ID_LENGTH, Conversations
from bot.library.prompts import ChatPrompt
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say


async def test_all_who_open_a_channel_at_once_meet(conversations: Conversations) -> None:
    opened = await asyncio.gather(*(conversations.open("test", "a") for _ in range(10)))
    assert all(one is opened[0] for one in opened)
    assert len(await conversations.core.store.channels.all()) == 1


@pytest.mark.parametrize("name", ["", "x" * (MAX_ID_LENGTH + 1)])
async def test_a_name_that_no_database_takes_is_refused(conversations: Conversations, name: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        await conversations.open("test", name)


async def test_messages_stand_for_turns(conversations: Conversations) -> None:
    talk = await conversations.open("test", "a")
    await say(talk, "hello")
    await conversations.remember_message("test", "a", "m1", talk.channel.head.id)
    assert await conversations.find_message("test", "a", "m1") == talk.channel.head.id
    assert await conversations.find_message("test", "b", "m1") is None


async def test_looking_makes_nothing(conversations: Conversations) -> None:
    assert await conversations.find("test", "a") is None
    assert not await conversations.core.store.channels.all()
    talk = await conversations.open("test", "a")
    assert await conversations.find("test", "a") is talk


async def test_a_new_channel_begins_in_its_readers_language(conversations: Conversations) -> None:
    for name in ("plain-en", "plain-zh", "plain-ja"):
        conversations.core.prompts.add(ChatPrompt(name=name))
    await conversations.core.set_default_prompt("plain-en")
    for language, name in ((None, "en"), ("en", "en"), ("zh_CN", "zh"), ("ja", "ja"), ("fr", "en")):
        talk = await conversations.open("test", f"in {language}", language=language)
        assert talk.prompt.name == f"plain-{name}"
    await conversations.core.set_default_prompt("other")
    assert (await conversations.open("test", "b", language="ja")).prompt.name == "other"


async def test_deleting_leaves_nothing(conversations: Conversations) -> None:
    talk = await conversations.open("test", "a")
    await say(talk, "hello")
    assert await conversations.delete("test", "a")
    assert not await conversations.delete("test", "a")
    assert await conversations.core.store.nodes.count() == 0
    again = await conversations.open("test", "a")
    assert again is not talk
    assert again.channel.head.kind == "root"
