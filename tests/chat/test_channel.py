"""Moves in the tree that depend on HEAD at the time they are executed."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat import channel as channel_module
from bot.chat.conversation import Conversation
from bot.errors import NotFound, UserError
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import SEED, last
from tests.fakes import FakeEngine
from tests.waiting import until


async def test_only_the_turn_that_was_meant_is_undone(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    one = talk.channel.head
    engine.held = True
    read = len(engine.requests)
    writing = asyncio.create_task(say(talk, "two"))
    await until(lambda: len(engine.requests) > read)
    undoing = asyncio.create_task(talk.channel.undo_if_head(one.id))  # waits for the turn that is being written
    await asyncio.sleep(0)
    engine.held = False
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


async def test_an_answer_is_picked_by_its_number(talk: Conversation) -> None:
    await last(talk.chat("hello", author="Ann", options=replace(SEED, n=3)))
    nodes = await talk.channel.siblings()
    assert talk.channel.head == nodes[0]
    assert await talk.channel.pick(3) == nodes[2]
    assert await talk.channel.position() == (3, 3)
    for number in (0, 4):
        with pytest.raises(NotFound, match="there are 3"):
            await talk.channel.pick(number)


async def test_a_prompt_that_changes_renames_nobody(talk: Conversation) -> None:
    await say(talk, "hello")
    assert talk.channel.head.speaker == "Assistant"
    await talk.switch_prompt("other")
    assert (await say(talk, "hello"), talk.channel.head.speaker) == (talk.channel.head.output, "Owl")
    await talk.channel.undo(2)
    assert talk.channel.head.speaker == "Assistant"


async def test_a_name_is_the_same_however_it_is_typed(talk: Conversation) -> None:
    await say(talk, "hi")
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert (await talk.channel.save(composed)).name == (await talk.channel.save(decomposed)).name
    assert await talk.channel.load(decomposed) == talk.channel.head
    assert len(await talk.channel.saves()) == 1
    await talk.channel.branch(composed)
    await talk.channel.branch(decomposed)
    assert [branch.name for branch in await talk.channel.branches()].count(composed) == 1


async def test_saves_and_branches_are_bounded(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "MAX_MARKS", 3)
    channel = talk.channel
    for name in ("a", "b", "c", "c"):
        await channel.save(name)
    with pytest.raises(UserError, match="3 saves"):
        await channel.save("d")
    with pytest.raises(UserError, match="3 saves"):
        await talk.import_turns([replace(channel.beginning, id=0, parent=None)], 0, saves={"d": 0})
    await channel.forget("a")
    await channel.save("d")
    for name in ("x", "y"):
        await channel.branch(name)
    with pytest.raises(UserError, match="3 branches"):
        await channel.branch("z")
    assert channel.branch_name == "y"
    await channel.branch("x")
