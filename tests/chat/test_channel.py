"""Moves in the tree that depend on where HEAD stands when their time has come."""

import asyncio

from bot.chat.conversation import Conversation
from tests.chat.channel import engine as engine
from tests.chat.channel import house as house
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.fakes import FakeEngine
from tests.waiting import until


async def test_only_the_turn_that_was_meant_is_undone(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    one = talk.channel.head
    engine.delay = 0.002
    writing = asyncio.create_task(say(talk, "two"))
    await until(lambda: len(engine.requests) > 2)
    undoing = asyncio.create_task(talk.channel.undo_if_head(one.id))  # waits for the turn that is being written
    await writing
    assert not await undoing
    two = talk.channel.head
    assert two.input == "two"
    assert await talk.channel.undo_if_head(two.id)
    assert talk.channel.head == one
    await talk.channel.redo()
    assert talk.channel.head == two


async def test_a_start_is_not_undone_by_number(talk: Conversation) -> None:
    await say(talk, "one")
    root = await talk.reset()
    assert not await talk.channel.undo_if_head(root.id)
    assert talk.channel.head == root
