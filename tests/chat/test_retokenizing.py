"""Turns survive a change of tokenizer: their text is kept, their tokens are recomputed."""

from dataclasses import replace
from pathlib import Path

from bot.chat.retokenizing import Vocabulary, vocabulary_name
from bot.store.node import Node
from tests.conversations import open_conversations
from tests.fakes import FakeEngine, FakeTokens

OTHERS = ("User", "Hello", "wonderful")


def turn(engine: FakeEngine) -> Node:
    encode = engine.coder.encode
    return Node(
        id=1, channel=1, parent=None, kind="chat", author="Ann",
        input_tokens=tuple(encode("User: Hello")), output_tokens=tuple(encode(" wonderful")),
    )  # fmt: skip


def test_a_name_is_shared_by_those_who_cut_alike() -> None:
    one, same, other = FakeEngine(), FakeEngine(), FakeEngine(words=OTHERS)
    assert vocabulary_name(one) == vocabulary_name(same) != vocabulary_name(other)


def completed(engine: FakeEngine) -> Node:
    """Return a turn as it is stored."""
    node = turn(engine)
    vocabulary, read, written = Vocabulary(engine).texts(node)
    return replace(node, vocabulary=vocabulary, read=read, written=written)


def test_a_turn_is_stored_with_its_exact_words_and_read_in_other_tokens() -> None:
    old, new = FakeEngine(), FakeEngine(words=OTHERS)
    stored = completed(old)
    assert (stored.read, stored.written) == ("User: Hello", " wonderful")
    assert Vocabulary(old).native(stored) is stored, "the tokens are the truth while the tokenizer stays"
    native = Vocabulary(new).native(stored)
    assert native.tokens != stored.tokens
    assert new.coder.decode(native.tokens) == "User: Hello wonderful"
    assert Vocabulary(new).texts(native) == (native.vocabulary, native.read, native.written), "they are known"


def test_the_name_follows_a_change_of_the_model() -> None:
    engine = FakeEngine()
    vocabulary = Vocabulary(engine)
    before = vocabulary.name
    engine.coder = FakeTokens(OTHERS)
    assert vocabulary.name == before, "computed once a model"
    engine.fingerprint = "another"
    assert vocabulary.name != before


async def test_a_turn_that_was_read_for_another_model_is_stored_in_the_running_ones_tokens(tmp_path: Path) -> None:
    old, new = FakeEngine(), FakeEngine(words=OTHERS)
    foreign = completed(old)
    async with open_conversations(tmp_path, new) as conversations:
        talk = await conversations.open("test", "a")
        await talk.import_turns([replace(foreign, id=0, kind="root")], 0)
        head = await conversations.core.store.nodes.get(talk.channel.head.id)
        assert head is not None
        assert head.vocabulary == conversations.core.vocabulary
        assert new.coder.decode(head.tokens) == "User: Hello wonderful"
        assert head.tokens != foreign.tokens
