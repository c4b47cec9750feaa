"""Pending lines after HEAD: accepted and dropped by moving a pointer that survives the process."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversation import Conversation
from bot.errors import InvalidOption, NotFound
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

PENDING = replace(SEED, pending=True)


async def test_pending_lines_hang_after_head_until_they_are_accepted(talk: Conversation) -> None:
    await say(talk, "one")
    head = talk.channel.head
    for text in ("two", "three", "four"):
        await say(talk, text, PENDING)
    assert talk.channel.head == head
    assert [line.input for line in await talk.pending.lines()] == ["two", "three", "four"]
    two = (await talk.pending.lines())[0]
    assert await talk.pending.accept(two.id) == two
    assert talk.channel.head == two
    assert [line.input for line in await talk.pending.lines()] == ["three", "four"]
    assert (await talk.pending.accept()).input == "four"
    assert [node.input for node in (await talk.channel.history())[1:]] == ["one", "two", "three", "four"]
    assert await talk.pending.lines() == []


async def test_a_reply_reads_the_pending_lines_before_it(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one", PENDING)
    await say(talk, "two", PENDING)
    request = engine.requests[-1]
    read = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
    assert read.index("User: one") < read.index("User: two")


async def test_lines_are_dropped_from_the_end(talk: Conversation) -> None:
    for text in ("one", "two", "three"):
        await say(talk, text, PENDING)
    assert [line.input for line in await talk.pending.drop(1)] == ["one", "two"]
    await say(talk, "other", PENDING)
    assert [line.input for line in await talk.pending.lines()] == ["one", "two", "other"]
    assert await talk.pending.drop() == []
    for call in (talk.pending.drop(), talk.pending.accept()):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(InvalidOption):
        await talk.pending.drop(0)


async def test_another_answer_replaces_the_last_line(talk: Conversation) -> None:
    await say(talk, "one", PENDING)
    first = await talk.pending.tip()
    await last(talk.alternate(options=PENDING))
    second = await talk.pending.tip()
    assert (second.parent, second.input) == (first.parent, first.input)
    assert second.id != first.id
    await talk.channel.swipe(-1, node=second.id)
    assert await talk.pending.tip() == first
    assert talk.channel.head.kind == "root"


async def test_a_line_that_is_not_pending_is_not_accepted(talk: Conversation) -> None:
    await say(talk, "one")
    await say(talk, "two", PENDING)
    with pytest.raises(NotFound, match="not pending"):
        await talk.pending.accept(talk.channel.head.id)


async def test_a_move_elsewhere_forgets_them(talk: Conversation) -> None:
    await say(talk, "one")
    await say(talk, "two", PENDING)
    await talk.channel.undo()
    assert talk.channel.pending is None
    await say(talk, "three", PENDING)
    await say(talk, "four")
    assert talk.channel.pending is None


async def test_they_survive_a_restart(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await say(talk, "one")
        await say(talk, "two", PENDING)
        await talk.channel.save("here")
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        assert [line.input for line in await talk.pending.lines()] == ["two"]
        (mark,) = await talk.channel.saves()
        assert mark.node == talk.channel.head.id, "saving skips what is pending"
        await talk.pending.accept()
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        assert (talk.channel.head.input, talk.channel.pending) == ("two", None)
