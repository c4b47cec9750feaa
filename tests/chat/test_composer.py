"""Text read only in a fork: the reply is sampled there, and the committed state does not contain it."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.chat.composer import Composition, Fork, Line
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.chat.prompt_composer import PromptComposer
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.library.prompts import ChatPrompt
from bot.paths import data_file
from bot.store.node import Node
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

DEMO = data_file("models/demo/demo.pth")
NOTE = "\n\nThe owl is called Ulla, and she is very old."
AFTERTHOUGHT = "\n\nAnswer in one short sentence."
TEXTS = ("hello there", "who sits in the tree?", "and why?")


@dataclass(frozen=True, slots=True)
class Annotated(PromptComposer):
    """Adds notes before the line and the cue and, with ``depth``, above earlier turns."""

    depth: int = 0

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        plain = PromptComposer.turn(self, path, line)
        said, cue = plain.read[: plain.read.rindex("\n\n")], plain.read[plain.read.rindex("\n\n") :]
        above = [node for node in path[len(path) - self.depth :] if node.kind != "root"] if self.depth else []
        start = path[len(path) - 1 - len(above)] if path else None
        pieces: tuple[str | tuple[int, ...], ...] = (NOTE, *(node.tokens for node in above), said, AFTERTHOUGHT, cue)
        return replace(plain, fork=Fork(start=start, pieces=pieces))


def annotated(depth: int) -> Callable[[ChatPrompt], PromptComposer]:
    return lambda prompt: Annotated(prompt, depth=depth)


async def state_of(conversations: Conversations, talk: Conversation) -> bytes:
    handle, _ = await conversations.core.states.resume(talk.channel.head)
    assert handle is not None
    return await conversations.core.engine.export_state(handle)


async def read_alike(talk: Conversation, nodes: Sequence[Node]) -> None:
    """Read the same turns one after the other, without any note."""
    for node in nodes:
        async with talk._runner.ready():
            bare = replace(node, id=0, parent=talk.channel.head.id)
            await talk._runner.read_turns(talk.channel.head, [bare])


@pytest.fixture(params=["fake", "demo"])
async def any_engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    if request.param == "fake":
        yield FakeEngine()
        return
    engine = build_engine(EngineSettings(model=DEMO, strategy="cpu fp32", rows=4, threads=1))
    await engine.start()
    yield engine
    await engine.close()


@pytest.mark.parametrize("depth", [0, 2])
async def test_the_committed_state_is_that_of_a_chat_without_the_notes(
    tmp_path: Path, any_engine: Engine, depth: int
) -> None:
    options = replace(SEED, sampling={"seed": 7, "max_tokens": 12})
    async with open_conversations(tmp_path, any_engine, composer=annotated(depth)) as conversations:
        talk, plain = await conversations.open("test", "a"), await conversations.open("test", "b")
        states = []
        for text in TEXTS:
            update = await last(talk.chat(text, author="Ann", options=options))
            assert update.text
            states.append(await state_of(conversations, talk))
        path = (await talk.channel.history())[1:]
        text = any_engine.coder.decode([token for node in path for token in node.tokens])
        assert NOTE.strip() not in text, "a reply may use it"
        assert "Answer in one" not in text
        for node, state in zip(path, states, strict=True):
            await read_alike(plain, [node])
            assert await state_of(conversations, plain) == state, "to the bit"


async def test_the_reply_is_drawn_where_the_notes_are(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, composer=annotated(1)) as conversations:
        talk = await conversations.open("test", "a")
        for text in TEXTS[:2]:
            await last(talk.chat(text, author="Ann", options=SEED))
    drawn = [request for request in engine.requests if request.sampling.max_tokens]
    one, two = (engine.coder.decode([*engine.tokens_of(each.state), *each.tokens]) for each in drawn)
    assert one.endswith(f"{NOTE}\n\nUser: hello there{AFTERTHOUGHT}\n\nAssistant:")
    assert two.count(NOTE) == 1, "the fork before is forgotten"
    assert two.index(NOTE) < two.index("hello there") < two.index(TEXTS[1]) < two.index(AFTERTHOUGHT)


async def test_another_answer_is_drawn_in_the_fork_too(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, composer=annotated(0)) as conversations:
        talk = await conversations.open("test", "a")
        first = await last(talk.chat("hello", author="Ann", options=SEED))
        second = await last(talk.alternate(options=SEED))
        assert first.node is not None
        assert second.node is not None
        assert second.position == (2, 2)
        drawn = [request for request in engine.requests if request.sampling.max_tokens]
        assert drawn[0].tokens == drawn[1].tokens
        assert first.node.input_tokens == second.node.input_tokens
        assert "Ulla" not in engine.coder.decode(second.node.input_tokens)


async def test_candidates_of_a_fork_are_committed_without_it(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, composer=annotated(0)) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello", author="Ann", options=replace(SEED, n=3)))
        nodes = await talk.channel.siblings()
        assert len(nodes) == 3
        for node in nodes:
            await talk.channel.go(node.id)
            handle, _ = await conversations.core.states.resume(talk.channel.head)
            tokens = [token for turn in await talk.channel.history() for token in turn.tokens]
            assert list(engine.tokens_of(handle)) == tokens[:-1]


async def test_a_stop_while_the_plain_turn_is_read_loses_no_reply(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, composer=annotated(0)) as conversations:
        talk = await conversations.open("test", "a")
        replies = []
        async for update in talk.chat("hello", author="Ann", options=SEED):
            replies.append(update)
            await talk.stop()
        assert talk.channel.head.output
        assert replies[-1].node == talk.channel.head
