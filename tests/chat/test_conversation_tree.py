"""Moves in a conversation's tree: alternative answers, undo, branches, saves, edits."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.passage import Passage
from bot.chat.turn import TurnOptions
from bot.errors import InvalidOption, NotFound
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import OTHER, PROMPT, SEED, last, open_conversations
from tests.fakes import FakeEngine


async def test_alternates_are_siblings_and_swipes_choose_among_them(talk: Conversation) -> None:
    first = await say(talk, "hello")
    update = await last(talk.alternate(options=SEED))
    assert update.text != first, "a fixed seed still gives another answer"
    assert update.position == (2, 2)
    assert [node.output for node in await talk.channel.siblings()] == [first, update.text]
    assert (await talk.channel.swipe(-1)).output == first
    assert await talk.channel.position() == (1, 2)
    with pytest.raises(NotFound, match="2 answers"):
        await talk.channel.swipe(-1)
    follow = await say(talk, "and then?")
    assert (await talk.channel.history(2))[0].output == first, "the answer shown is the one continued"
    assert follow


async def test_several_candidates_are_committed_together(talk: Conversation) -> None:
    frames = [frame async for frame in talk.chat("hi", author="Ann", options=replace(SEED, n=3))]
    ends = [frame for frame in frames if frame.finish_reason]
    assert sorted(frame.index for frame in ends) == [0, 1, 2]
    assert talk.channel.head == next(frame.node for frame in ends if frame.index == 0)
    assert len({frame.text for frame in ends}) == 3
    assert await talk.channel.position() == (1, 3)


async def test_a_reply_and_more_of_it_make_one_text(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" the owl", finish_reason="length")
    engine.enqueue(" sat. ")
    first = await last(talk.chat("hello", author="Ann", options=SEED))
    more = await last(talk.continue_reply(options=SEED))
    assert (first.text, more.text) == ("the owl", " sat.")
    await last(talk.continue_reply(options=SEED))
    assert engine.requests[-1].sampling.min_tokens == 4, "it had ended by itself, and must not end at once again"
    with pytest.raises(NotFound):
        await last(talk.continue_reply(options=SEED, node=(await talk.channel.history())[0].id))


async def test_more_survives_a_restart(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        with pytest.raises(NotFound):
            await last(talk.writing.more(options=SEED))
        options = TurnOptions(sampling={"max_tokens": 4, "seed": 3})
        await last(talk.writing.complete(Passage(read="Once"), options=options))
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        assert (await last(talk.writing.more(options=SEED))).text
        assert engine.tokens_read == 1


async def test_undo_redo_and_the_beginning(talk: Conversation) -> None:
    with pytest.raises(NotFound, match="beginning"):
        await talk.channel.undo()
    await say(talk, "one")
    await say(talk, "two")
    top = talk.channel.head
    assert (await talk.channel.undo(2)).kind == "root"
    assert (await talk.channel.redo()).input == "one"
    assert (await talk.channel.redo()) == top
    with pytest.raises(NotFound, match="redo"):
        await talk.channel.redo()
    await talk.channel.undo()
    await say(talk, "three")
    with pytest.raises(NotFound, match="redo"):
        await talk.channel.redo()


async def test_redo_leads_back_from_where_go_and_load_went(talk: Conversation) -> None:
    await say(talk, "one")
    first = talk.channel.head
    await talk.channel.save("first")
    await say(talk, "two")
    await say(talk, "three")
    third = talk.channel.head
    can_redo = [talk.channel.can_redo]
    for leap in (talk.channel.go(first.id), talk.channel.load("first")):
        await leap
        can_redo.append(talk.channel.can_redo)
        await talk.channel.go(first.id)  # HEAD is there already: nothing to return to
        assert (await talk.channel.redo()).id == third.id
        can_redo.append(talk.channel.can_redo)
    assert can_redo == [False, True, False, True, False]
    second = await talk.channel.undo()
    await talk.channel.go(first.id)
    assert [(await talk.channel.redo()).id for _ in range(2)] == [second.id, third.id]


async def test_reset_keeps_the_old_tree_and_undo_takes_it_back(talk: Conversation) -> None:
    await say(talk, "one")
    top = talk.channel.head
    await talk.channel.save("before")
    fresh = await talk.reset()
    assert (fresh.kind, fresh.parent) == ("root", None)
    assert await talk.reset() == fresh, "an untouched start is not started again"
    assert (await talk.channel.undo()) == top
    await talk.channel.redo()
    again = await say(talk, "one")
    assert again == top.output, "the same start, the same words, the same seed"
    assert (await talk.channel.load("before")) == top


async def test_branches(talk: Conversation) -> None:
    await say(talk, "one")
    fork = talk.channel.head
    await say(talk, "two")
    main = talk.channel.head
    await talk.channel.go(fork.id)
    await talk.channel.branch("aside")
    await say(talk, "three")
    aside = talk.channel.head
    assert talk.channel.branch_name == "aside"
    await talk.channel.branch("main")
    assert talk.channel.head == fork, "main was left at the fork"
    await talk.channel.go(main.id)
    await talk.channel.branch("aside")
    assert talk.channel.head == aside
    assert await talk.channel.branch("main") == main
    assert {(mark.name, mark.current) for mark in await talk.channel.branches()} == {("main", True), ("aside", False)}


async def test_saves(talk: Conversation) -> None:
    await say(talk, "one")
    await talk.channel.save("Ann's  place")
    assert [mark.name for mark in await talk.channel.saves()] == ["Ann's place"]
    with pytest.raises(NotFound, match='Did you mean "Ann\'s place"'):
        await talk.channel.load("Anns place")
    await talk.channel.forget("Ann's place")
    with pytest.raises(NotFound):
        await talk.channel.forget("Ann's place")
    for bad in ("", "   ", "x" * 100, "a\x00b", "a:b"):
        with pytest.raises(InvalidOption):
            await talk.channel.save(bad)


async def test_edit_puts_other_words_in_the_bots_mouth(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    old = talk.channel.head
    new = await talk.edit("I am a river.", author="Ann")
    assert (new.parent, new.input, new.output, new.kind) == (old.parent, "one", "I am a river.", "edit")
    assert engine.coder.decode(new.output_tokens) == " I am a river."
    assert await talk.channel.position() == (2, 2)
    before = engine.tokens_read
    await say(talk, "two")
    assert engine.tokens_read - before == 1 + len(talk.channel.head.input_tokens)
    request = engine.requests[-1]
    path = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
    assert path == PROMPT.start() + PROMPT.turn("one") + " I am a river." + PROMPT.turn("two")


async def test_say_inserts_a_line_without_an_answer(talk: Conversation, engine: FakeEngine) -> None:
    node = await talk.say("the moon is up", author="Bo")
    assert (node.kind, node.output) == ("say", "")
    with pytest.raises(NotFound):
        await last(talk.alternate(options=SEED))
    await say(talk, "hello")
    request = engine.requests[-1]
    path = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
    assert path == PROMPT.start() + "\n\nUser: the moon is up\n\nUser: hello\n\nAssistant:"


async def test_impersonate_commits_nothing(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    head = talk.channel.head
    update = await last(talk.impersonate(author="Ann", options=SEED))
    assert update.text
    assert update.node is None
    assert talk.channel.head == head
    assert engine.coder.decode(engine.requests[-1].tokens).endswith("\n\nUser:")


async def test_refresh_reads_the_last_turns_anew(talk: Conversation, engine: FakeEngine) -> None:
    for text in ("one", "two", "three"):
        await say(talk, text)
    old = talk.channel.head
    new = await talk.refresh(2)
    path = await talk.channel.history()
    assert [node.input for node in path[1:]] == ["two", "three"]
    assert path[0].kind == "root"
    assert new.output == old.output
    before = engine.tokens_read
    await say(talk, "four")
    assert engine.tokens_read - before == 1 + len(talk.channel.head.input_tokens)


async def test_another_prompt_is_another_start(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    with pytest.raises(NotFound, match="Did you mean"):
        await talk.switch_prompt("../othr")
    await talk.switch_prompt("other")
    await say(talk, "two")
    request = engine.requests[-1]
    path = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
    assert path == OTHER.start() + "\n\nAnn: two\n\nOwl:"
    assert request.sampling.temperature == 0.5


async def test_a_node_of_another_channel_is_not_found(conversations: Conversations) -> None:
    one, two = await conversations.open("test", "a"), await conversations.open("test", "b")
    await say(one, "secret")
    for call in (
        two.channel.node(one.channel.head.id),
        two.channel.go(one.channel.head.id),
        two.channel.history(node=one.channel.head.id),
    ):
        with pytest.raises(NotFound):
            await call
