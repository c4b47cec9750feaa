"""A channel's turns in order: admission, stopping, and the effects of a cancellation."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.state_cache import ReadingStopped
from bot.chat.turn import TurnUpdate
from bot.errors import Busy, UserError
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine
from tests.waiting import until

MOST = 20


async def test_no_more_turns_are_admitted_than_may_wait(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine(delay=0.001), max_waiting=MOST) as conversations:
        talk = await conversations.open("test", "a")

        async def ask(number: int) -> str:
            try:
                await last(talk.chat(f"message {number}", author="Ann", options=SEED))
            except Busy:
                return "refused"
            return "answered"

        results = await asyncio.gather(*(ask(number) for number in range(3 * MOST)))
        assert (results.count("answered"), results.count("refused")) == (MOST, 2 * MOST)
        assert not talk.busy


async def test_lines_that_are_only_read_are_admitted_like_turns(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine(delay=0.001), max_waiting=2) as conversations:
        talk = await conversations.open("test", "a")
        lines = [talk.say(f"line {number}", author="Ann") for number in range(5)]
        results = await asyncio.gather(*lines, return_exceptions=True)
        assert sum(isinstance(result, Busy) for result in results) == 3


async def test_a_turn_that_never_began_leaves_the_line(talk: Conversation, engine: FakeEngine) -> None:
    engine.held = True
    running = asyncio.create_task(say(talk, "one"))
    await until(lambda: engine.requests)
    waiting = asyncio.create_task(say(talk, "two"))
    await asyncio.sleep(0)
    waiting.cancel()
    engine.held = False
    await running
    await until(lambda: not talk.busy)
    assert talk.channel.head.input == "one"


async def test_stop_ends_a_reading(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "hello")
    head = talk.channel.head
    engine.held, engine.held_after = True, 0
    read = len(engine.requests)
    editing = asyncio.create_task(talk.edit("my own words", author="Ann"))
    await until(lambda: len(engine.requests) > read)
    assert await talk.stop()
    with pytest.raises(ReadingStopped) as caught:
        await editing
    assert isinstance(caught.value, UserError), "people are told in words, not by an error's number"
    assert talk.channel.head == head
    assert not await talk.stop()


async def test_a_cancelled_move_leaves_disk_and_memory_equal(conversations: Conversations) -> None:
    talk = await conversations.open("test", "a")
    await say(talk, "one")
    await say(talk, "two")
    cancelled = 0
    for step in range(60):
        move = asyncio.create_task(talk.channel.undo(1) if step % 2 == 0 else talk.channel.redo(1))
        for _ in range(step % 20):
            await asyncio.sleep(0)
        move.cancel()
        cancelled += isinstance((await asyncio.gather(move, return_exceptions=True))[0], asyncio.CancelledError)
        row = await conversations.core.store.channels.find("test", "a")
        assert row is not None
        assert row.head == talk.channel.head.id
    assert cancelled > 10


async def test_a_turn_that_is_cancelled_at_its_commit_is_whole(
    conversations: Conversations, engine: FakeEngine
) -> None:
    talk = await conversations.open("test", "a")
    for step in range(12):
        engine.enqueue(" hello friend")
        saying = asyncio.create_task(talk.say(f"line {step}", author="Ann"))
        for _ in range(3 * step):
            await asyncio.sleep(0)
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        row = await conversations.core.store.channels.find("test", "a")
        assert row is not None
        assert row.head == talk.channel.head.id


async def test_closing_waits_for_turns_though_the_model_cannot_be_told(tmp_path: Path) -> None:
    class Deaf(FakeEngine):
        async def cancel(self, channel: str) -> int:
            raise RuntimeError("the engine's thread is gone")

    engine = Deaf(delay=0.002)
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        saying = asyncio.create_task(say(talk, "hello"))
        await until(lambda: engine.requests)
        await conversations.close(seconds=30.0)
        assert await saying == talk.channel.head.output


async def test_another_answer_is_another_one(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" Hello.", " Hello.", " Hello.", " Hello.", " Good day.", " Hello.")
    await say(talk, "hi")
    update = await last(talk.alternate(options=SEED))
    assert (update.text, update.position, update.index) == ("Good day.", (2, 2), 0)
    assert engine.requests[-1].n == 4, "in one batch"
    tokens = [token for node in await talk.channel.path() for token in node.tokens]
    handle, _ = await talk._core.states.resume(talk.channel.head)
    assert list(engine.tokens_of(handle)) == tokens[:-1]


@pytest.mark.parametrize("sampling", [{"temperature": 0.0}, {"top_k": 1}, {}])
async def test_a_model_that_insists_is_told_of(
    talk: Conversation, engine: FakeEngine, sampling: dict[str, float]
) -> None:
    engine.enqueue(*[" Hello."] * 6)
    await say(talk, "hi")
    head, requests = talk.channel.head, len(engine.requests)
    with pytest.raises(UserError, match="keeps giving the same answer"):
        await last(talk.alternate(options=replace(SEED, sampling=sampling)))
    assert talk.channel.head == head
    assert len(engine.requests) - requests == (1 if sampling else 2), "greedy drawing is not tried again"
    assert len(await talk.channel.siblings()) == 1
    assert await say(talk, "go on"), "nothing is held"


async def test_candidates_differ_from_each_other(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" Hello.", " Hello.", " Hi.", " Hi.", " Hello.", " Good day.", " Hello.")
    frames = [frame async for frame in talk.chat("hi", author="Ann", options=replace(SEED, n=3))]
    ended = {frame.index: frame.text for frame in frames if frame.finish_reason}
    assert ended == {0: "Hello.", 1: "Good day.", 2: "Hi."}
    assert [node.output for node in await talk.channel.siblings()] == ["Hello.", "Good day.", "Hi."]
    assert engine.requests[-1].n == 4, "in one batch"


async def test_candidates_that_stay_the_same_are_one(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(*[" Hello."] * 7)
    frames = [frame async for frame in talk.chat("hi", author="Ann", options=replace(SEED, n=3))]
    assert [(frame.index, frame.position) for frame in frames if frame.finish_reason] == [(0, (1, 1))]
    assert [node.output for node in await talk.channel.siblings()] == ["Hello."]


async def test_several_other_answers_repeat_none_before(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" Hello.", " Hello.", " Hi.", " Hello.", " Hi.", " Hello.", " Hello.")
    await say(talk, "hi")
    await last(talk.alternate(options=replace(SEED, n=2)))
    assert [node.output for node in await talk.channel.siblings()] == ["Hello.", "Hi."]


async def test_an_engine_of_few_rows_draws_as_many_as_it_can(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" Hello.", " Hello.", " Hi.")
    engine.rows = 1
    await say(talk, "hi")
    assert (await last(talk.alternate(options=SEED))).text == "Hi."
    assert engine.requests[-1].n == 1


async def test_stop_is_heard_before_the_engine_knows_of_the_turn(
    conversations: Conversations, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await conversations.open("test", "a")
    await say(talk, "hello")
    head, requests = talk.channel.head, len(engine.requests)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        reached.set()
        await go_on.wait()

    monkeypatch.setattr(conversations.core.store.states, "load", slow)  # the disk is slow and has lost the state
    await conversations.core.states.close(60)
    conversations.core.states._cached.clear()

    async def stopped(work: Coroutine[object, object, object]) -> object:
        reached.clear()
        go_on.clear()
        task = asyncio.create_task(work)
        await reached.wait()
        assert await talk.stop()
        go_on.set()
        return (await asyncio.gather(task, return_exceptions=True))[0]

    ended = await stopped(last(talk.chat("more", author="Ann", options=SEED)))
    assert isinstance(ended, TurnUpdate)
    assert ended.finish_reason == "cancelled"
    assert isinstance(await stopped(talk.say("more", author="Ann")), ReadingStopped)
    assert len(engine.requests) == requests, "nothing was read"
    assert talk.channel.head == head
