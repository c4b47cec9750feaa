"""Free writing beside the conversation."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversation import Conversation
from bot.chat.passage import Passage
from bot.chat.turn import GuidingText, TurnOptions
from bot.errors import NotFound
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.conversations import PROMPT, SEED, last, open_conversations
from tests.fakes import FakeEngine


async def test_free_writing_stands_beside_the_talk(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    head = talk.channel.head
    options = replace(SEED, sampling={"seed": 1, "max_tokens": 5})
    first = await last(talk.writing.complete(Passage(read="Once the owl"), options=options))
    assert first.node is not None
    assert first.text == engine.coder.decode(first.tokens)
    assert engine.requests[-1].state is None
    more = await last(talk.writing.more(options=TurnOptions(sampling={"seed": 1, "max_tokens": 5})))
    request = engine.requests[-1]
    path = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
    assert path == "Once the owl" + first.text
    again = await last(talk.writing.again(options=TurnOptions(sampling={"seed": 1, "max_tokens": 5})))
    assert again.text != more.text
    assert talk.channel.head == head
    assert all(node.kind != "draft" for node in await talk.channel.tree())
    with pytest.raises(NotFound):
        await talk.channel.go(first.node.id)
    await last(talk.writing.complete(Passage(read="\n\nQ: why"), options=SEED, from_prompt=True))
    request = engine.requests[-1]
    assert engine.coder.decode([*engine.tokens_of(request.state), *request.tokens]) == PROMPT.start() + "\n\nQ: why"


GEN = Passage(read="\nOnce", typed="Once", lead="Once", notes={"form": "gen", "lead": "Once"})


async def test_it_is_part_of_the_history_in_its_place(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        await say(talk, "one")
        engine.enqueue(" upon a time", ", there was", " more")
        await last(talk.writing.complete(GEN, options=SEED, author="Ann"))
        await last(talk.writing.more(options=SEED))
        await say(talk, "two")
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        channel = (await conversations.open("test", "a")).channel
        seen = [(node.kind, node.input, node.output) for node in (await channel.history())[1:]]
        assert [each[:2] for each in seen] == [("chat", "one"), ("draft", "Once"), ("draft", ""), ("chat", "two")]
        assert seen[1][2] == "Once upon a time", "with its beginning"
        assert seen[2][2] == ", there was"
        assert [node.input for node in await channel.history(2)] == ["", "two"]
        assert all(node.kind != "draft" for node in await channel.path())
        await channel.undo(2)
        assert [node.kind for node in await channel.history()] == ["root"], "it goes with the turn that it stood beside"


async def test_a_piece_written_once_more_stands_once(talk: Conversation, engine: FakeEngine) -> None:
    engine.enqueue(" upon", " a time")
    await last(talk.writing.complete(GEN, options=SEED, author="Ann"))
    again = await last(talk.writing.again(options=SEED))
    assert again.text == "Once a time", "the beginning is shown again"
    assert again.position == (2, 2)
    (piece,) = (await talk.channel.history())[1:]
    assert piece.output == "Once a time"
    head = talk.channel.head
    assert (await talk.channel.swipe(-1, node=piece.id)).output == "Once upon"
    assert talk.channel.head == head, "HEAD never stands on free writing"
    engine.enqueue(" there")
    await last(talk.writing.more(options=SEED))
    assert (await talk.channel.history())[-1].parent != piece.id
    assert await talk.writing.form() == "gen"


async def test_a_question_is_answered_as_at_the_very_beginning(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    await last(talk.writing.ask("why\n\nnot?", options=SEED, author="Ann", form="qa"))
    request = engine.requests[-1]
    assert engine.coder.decode([*engine.tokens_of(request.state), *request.tokens]) == PROMPT.start() + PROMPT.turn(
        "why\nnot?"
    )
    assert (await talk.channel.history())[-1].input == "why\n\nnot?"
    assert await talk.writing.form() == "qa"


async def test_texts_are_encoded_by_the_model_that_reads_them(talk: Conversation, engine: FakeEngine) -> None:
    options = replace(SEED, bias={" owl": -3.0, "no single token": 1.0}, guidance=GuidingText("plain", 1.5))
    await last(talk.writing.complete(GEN, options=options))
    request = engine.requests[-1]
    assert request.sampling.logit_bias == ((engine.coder.encode(" owl")[0], -3.0),)
    assert request.guidance is not None
    assert engine.coder.decode(request.guidance.tokens) == "plain"


async def test_the_history_ends_at_the_turn_that_is_asked_for(talk: Conversation) -> None:
    await say(talk, "one")
    one = talk.channel.head
    drafts = [(await last(talk.writing.complete(GEN, options=SEED, author=name))).node for name in ("Ann", "Ben")]
    await say(talk, "two")
    whole = [node.id for node in await talk.channel.history()]
    first, second = (draft.id for draft in drafts if draft)
    assert whole[1:] == [one.id, first, second, talk.channel.head.id]
    for node in (one.id, first, second, talk.channel.head.id):
        assert [each.id for each in await talk.channel.history(node=node)] == whole[: whole.index(node) + 1]
