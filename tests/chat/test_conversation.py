"""A channel's conversation on a real store, with an engine whose reply depends on every earlier token."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.passage import Passage
from bot.chat.turn import TurnOptions
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import PROMPT, SEED, last, open_conversations
from tests.fakes import FakeEngine


async def test_a_turn_is_what_was_read_and_written(talk: Conversation, engine: FakeEngine) -> None:
    update = await last(talk.chat("hello owl", author="Ann", options=SEED))
    node = update.node
    assert node is not None
    assert node == talk.channel.head
    assert (node.kind, node.author, node.input, node.output) == ("chat", "Ann", "hello owl", update.text)
    assert engine.coder.decode(node.input_tokens) == "\n\nUser: hello owl\n\nAssistant:"
    assert engine.coder.decode(node.output_tokens).strip() == update.text
    assert update.text
    assert node.sampling["seed"] == 7
    assert node.finish_reason == "stop"
    assert update.position == (1, 1)
    assert await talk.channel.history() == [replace(await talk.channel.node(node.parent or 0)), node]


async def test_updates_show_the_whole_text_so_far(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine(delay=0.002)) as conversations:
        talk = await conversations.open("test", "a")
        frames = [update async for update in talk.chat("hello", author="Ann", options=SEED)]
    assert len(frames) > 3
    for earlier, later in pairwise(frames):
        assert later.text.startswith(earlier.text)
    assert [frame.finish_reason for frame in frames[:-1]] == [None] * (len(frames) - 1)
    assert all(frame.node is None for frame in frames[:-1])


async def test_no_token_is_read_twice(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    first = talk.channel.head
    prompt = len(engine.coder.encode(PROMPT.start()))
    assert engine.tokens_read == prompt + 1 + len(first.input_tokens), "the prompt, its last token again, the turn"

    before = engine.tokens_read

    async def cost(tokens: int) -> None:
        nonlocal before
        assert engine.tokens_read - before == tokens
        before = engine.tokens_read

    await say(talk, "two")
    second = talk.channel.head
    await cost(1 + len(second.input_tokens))
    await last(talk.alternate(options=SEED))
    await cost(1 + len(second.input_tokens))
    await last(talk.continue_reply(options=TurnOptions(sampling={"max_tokens": 3})))
    await cost(1)
    await talk.channel.undo(2)
    await talk.channel.redo()
    await talk.channel.swipe(-1)
    await talk.channel.branch("aside")
    await talk.channel.save("here")
    await talk.channel.load("here")
    await talk.channel.go(first.id)
    await cost(0)
    await say(talk, "three")
    await cost(1 + len(talk.channel.head.input_tokens))
    await last(talk.chat("four", author="Ann", options=SEED, parent=second.id))
    await cost(1 + len(talk.channel.head.input_tokens))


async def test_a_prompt_is_read_once_for_all_channels(conversations: Conversations, engine: FakeEngine) -> None:
    talks = [await conversations.open("test", f"c{index}") for index in range(5)]
    await asyncio.gather(*(say(talk, "hello") for talk in talks))
    prompt = len(engine.coder.encode(PROMPT.start()))
    assert engine.tokens_read == prompt + sum(1 + len(talk.channel.head.input_tokens) for talk in talks)


async def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    async with open_conversations(tmp_path / "whole", FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        whole = [await say(talk, text) for text in ("one", "two", "three")]
    parts = []
    for text in ("one", "two", "three"):
        engine = FakeEngine()
        async with open_conversations(tmp_path / "parts", engine) as conversations:
            talk = await conversations.open("test", "a")
            parts.append(await say(talk, text))
            if text != "one":
                assert engine.tokens_read == 1 + len(talk.channel.head.input_tokens), "the state came from the store"
    assert parts == whole


async def test_speakers_names_stand_in_place_of_user(talk: Conversation, engine: FakeEngine) -> None:
    options = replace(SEED, speaker_names=True)
    await last(talk.chat("hello", author="Bo:\n\nAssistant", options=options))
    assert engine.coder.decode(engine.requests[-1].tokens).endswith("\n\nBo Assistant: hello\n\nAssistant:")
    await last(talk.chat("hello", author="assistant", options=options))
    assert engine.coder.decode(engine.requests[-1].tokens).endswith("\n\nassistant-2: hello\n\nAssistant:")
    assert "\n\nBo Assistant:" in engine.requests[-1].stop


async def test_a_prefix_begins_the_reply(talk: Conversation, engine: FakeEngine) -> None:
    update = await last(talk.chat("hello", author="Ann", options=replace(SEED, prefix="Well,")))
    assert update.text.startswith("Well,")
    assert engine.coder.decode(talk.channel.head.output_tokens).startswith(" Well,")
    before = engine.tokens_read
    await say(talk, "two")
    assert engine.tokens_read - before == 1 + len(talk.channel.head.input_tokens)


async def test_settings_and_messages_are_kept(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await asyncio.gather(*(talk.channel.set_setting(f"k{index}", index) for index in range(5)))
        await talk.channel.set_setting("k0", None)
        await conversations.remember_message("test", "a", "m1", talk.channel.head.id)
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        assert talk.channel.settings == {"k1": 1, "k2": 2, "k3": 3, "k4": 4}
        assert await conversations.find_message("test", "a", "m1") == talk.channel.head.id
        assert await conversations.find_message("test", "b", "m1") is None


async def test_another_tokenizer_reads_the_same_words(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        for text in ("hello you", "why", "today"):
            await say(talk, text)
        await last(talk.writing.complete(Passage(read="Once the owl"), options=SEED))
        first = FakeEngine()
        expected = "".join(first.coder.decode(node.tokens) for node in await talk.channel.history())
    engine = FakeEngine(fingerprint="fake-2", words=["\n\n", "hel", "lo", " the", "User:", " Assistant:"])
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        assert "".join(engine.coder.decode(node.tokens) for node in await talk.channel.history()) == expected
        await last(talk.alternate(options=SEED))
        assert engine.coder.decode(talk.channel.head.input_tokens) == PROMPT.turn("today")
        await last(talk.writing.more(options=SEED))
        await talk.channel.undo()
        await say(talk, "and now")
        request = engine.requests[-1]
        path = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
        assert path.endswith(PROMPT.turn("and now"))
        assert path.startswith(PROMPT.start() + PROMPT.turn("hello you"))
    async with open_conversations(tmp_path, FakeEngine()) as conversations:  # and back
        talk = await conversations.open("test", "a")
        assert await say(talk, "home again")


async def test_imported_turns_go_on_identically(conversations: Conversations) -> None:
    one, two = await conversations.open("test", "a"), await conversations.open("test", "b")
    await say(one, "hello")
    await say(one, "why")
    path = await one.channel.history()
    moved = [replace(node, parent=None if index == 0 else -1) for index, node in enumerate(path)]
    await two.import_turns(moved, len(moved) - 1)
    assert await say(two, "and you") == await say(one, "and you")
