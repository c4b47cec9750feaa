"""Opening channels: each has one conversation, and no name is too strange."""

import asyncio

import pytest

from bot.chat.conversations import LONGEST_ID, Conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import house as house
from tests.chat.channel import say


async def test_all_who_open_a_channel_at_once_meet(house: Conversations) -> None:
    opened = await asyncio.gather(*(house.open("test", "a") for _ in range(10)))
    assert all(one is opened[0] for one in opened)
    assert len(await house.core.store.channels.all()) == 1


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_ID + 1)])
async def test_a_name_that_no_database_takes_is_refused(house: Conversations, name: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        await house.open("test", name)


async def test_messages_stand_for_turns(house: Conversations) -> None:
    talk = await house.open("test", "a")
    await say(talk, "hello")
    await house.remember_message("test", "a", "m1", talk.channel.head.id)
    assert await house.find_message("test", "a", "m1") == talk.channel.head.id
    assert await house.find_message("test", "b", "m1") is None
