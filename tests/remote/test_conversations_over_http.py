"""Chats, scenes and programs give the same results with a local and a remote model."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.cast import Role
from bot.chat.completions import Completion, Completions
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.engine.types import SamplingParams
from bot.library.scenes.scene_definition import Scene, SceneLine
from bot.store.node import Node
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine
from tests.remote.served import Disk, Served, connected, serve, serving

SCENE = Scene(id="tests/well", name="The well", setting="A dry well.", lines=(SceneLine("Ann", "Look."),))
ROLES = (Role(name="Ann", text="Ann digs."), Role(name="Ben", text="Ben fears the dark."))


async def chat(talk: Conversation) -> None:
    """Talk, retry, undo, branch, write freely, and talk again."""
    for words in ("hello", "who are you?", "and why?"):
        await last(talk.chat(words, author="Ann", options=SEED))
    await last(talk.alternate(options=replace(SEED, sampling={"seed": 8})))
    await talk.channel.undo(2)
    await last(talk.chat("once more", author="Ben", options=replace(SEED, n=3)))
    await talk.channel.pick(2)
    await last(talk.chat("go on", author="Ann", options=SEED))


async def play(talk: Conversation) -> None:
    """Play a scene in which each character has its own memory."""
    await talk.scene.begin(SCENE, ROLES)
    await talk.scene.line("Ben", "The key is mine.", options=SEED, only="Ann")
    for name in ("Ann", "Ben", "Narrator", "Ann"):
        await last(talk.scene.speak(name, options=SEED))


def bare(nodes: list[Node]) -> list[Node]:
    return [replace(node, created=None, sampling={}) for node in nodes]


async def told(folder: Path, engine: Engine, script: Callable[[Conversation], object]) -> list[Node]:
    async with open_conversations(folder, engine) as conversations:
        talk = await conversations.open("test", "a")
        await script(talk)  # type: ignore[misc]  # both are coroutine functions
        return bare(await talk.channel.tree())


@asynccontextmanager
async def over_http(folder: Path, *served: Served) -> AsyncIterator[Conversations]:
    async with connected(*served) as engine, open_conversations(folder, engine) as conversations:
        yield conversations


@pytest.mark.parametrize("script", [chat, play])
@pytest.mark.parametrize("memory", [1 << 20, 64])
async def test_the_tree_is_the_same(tmp_path: Path, script: Callable[[Conversation], object], memory: int) -> None:
    """With ``memory`` for a single state, nearly every state is rebuilt."""
    wanted = await told(tmp_path / "here", FakeEngine(), script)
    served = await serve(FakeEngine(), memory=memory)
    async with connected(served) as engine:
        assert await told(tmp_path / "there", engine, script) == wanted
    await served.stop()


async def test_after_a_restart_of_the_bot_its_states_are_known_by_name(tmp_path: Path) -> None:
    async with serving(FakeEngine()) as served:
        async with over_http(tmp_path, *served) as conversations:
            await chat(await conversations.open("test", "a"))
        async with over_http(tmp_path, *served) as conversations:
            before = served[0].engine.tokens_read
            talk = await conversations.open("test", "a")
            assert await conversations.core.states.has(talk.channel.head)
            await last(talk.chat("and?", author="Ann", options=SEED))
            new = len(talk.channel.head.input_tokens)
            assert served[0].engine.tokens_read - before == new + 1, "the path was not read again"
            assert await conversations.core.store.states.nbytes() == 0, "states do not travel"


async def test_what_is_forgotten_is_forgotten_there_too(tmp_path: Path) -> None:
    async with serving(FakeEngine()) as served, over_http(tmp_path, *served) as conversations:
        talk = await conversations.open("test", "a")
        await chat(talk)
        assert await served[0].states.known([talk.channel.head.digest])
        head = talk.channel.head.digest
        await conversations.core.states.forget([head])
        assert not await served[0].states.known([head])


async def test_programs_go_on_from_a_text_that_an_engine_has_lost(tmp_path: Path) -> None:
    async def answer(conversations: Conversations, text: str) -> tuple[str, int]:
        completions = Completions(conversations.core)
        wanted = Completion(text=text, sampling=SamplingParams(seed=3, max_tokens=6), caller="key")
        async with completions.running(wanted) as running:
            found = "".join([chunk.text async for chunk in running.chunks()])
            return found, running.cached_tokens

    async with (
        open_conversations(tmp_path / "here", FakeEngine()) as here,
        serving(FakeEngine()) as served,
        over_http(tmp_path / "there", *served) as there,
    ):
        text = "User: hello\n\nAssistant:"
        for _ in range(3):
            wanted, _ = await answer(here, text)
            found, _ = await answer(there, text)
            assert found == wanted
            text += f"{found} friend"
            await served[0].states.forget(list(served[0].states._cached))


async def test_a_stop_while_a_lost_state_is_read_again_ends_the_turn(tmp_path: Path) -> None:
    async with serving(FakeEngine()) as served, over_http(tmp_path, *served) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello", author="Ann", options=SEED))
        head = talk.channel.head
        await served[0].states.forget([head.digest])
        served[0].engine.held = True
        updates = talk.chat("again", author="Ann", options=SEED)
        assert await anext(updates)
        await talk.stop()
        served[0].engine.held = False
        assert (await last(updates)).finish_reason == "cancelled"


async def test_what_an_engine_could_not_delete_is_deleted_after_the_next_start(tmp_path: Path) -> None:
    disk = Disk()
    async with serving(FakeEngine(), disk=disk) as served:
        async with over_http(tmp_path, *served) as conversations:
            await chat(await conversations.open("test", "a"))
            await served[0].states.drain()
            disk.broken = True
            await conversations.delete("test", "a")
            assert disk.kept
            assert await conversations.core.store.state_deletions.waiting()
        disk.broken = False
        async with over_http(tmp_path, *served) as conversations:
            await conversations.core.states.forget_deleted()
            assert await conversations.core.store.state_deletions.waiting() == []
    assert not disk.kept
