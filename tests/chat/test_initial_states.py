"""Characters' tuned states: each starts from its own, alone or in a batch with others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import torch

from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.chat.initial_states import InitialStates
from bot.chat.play import Play
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.errors import InvalidOption, NotFound
from bot.library.characters.character_folder import CharacterFolder
from bot.paths import data_file
from bot.store.node import Node
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

DEMO = data_file("models/demo/demo.pth")


@pytest.fixture
async def demo() -> AsyncIterator[Engine]:
    engine = build_engine(EngineSettings(model=DEMO, strategy="cpu fp32", rows=4, threads=1))
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
def folder(tmp_path: Path) -> CharacterFolder:
    """A folder of three characters, two with states of the demo model's shape."""
    weights = torch.load(DEMO, map_location="cpu", weights_only=True)
    heads, size = weights["blocks.0.att.r_k"].shape
    layers = sum(name.endswith("att.r_k") for name in weights)
    here = tmp_path / "cast"
    here.mkdir()
    for seed, name in enumerate(("mira", "tock", "plain")):
        random = torch.Generator().manual_seed(seed)
        state = {
            f"blocks.{layer}.att.time_state": torch.randn(heads, size, size, generator=random)
            for layer in range(layers)
        }
        torch.save(state, here / f"{name}.pth")
        line = "" if name == "plain" else f'state = "{name}.pth"\n'
        (here / f"{name}.toml").write_text(f'name = "Owl"\ngreeting = "Hello."\n{line}')
    return CharacterFolder([here])


async def talked(conversations: Conversations, channel: str, character: str) -> list[Node]:
    """Return a character's answers to three lines."""
    talk = await conversations.open("test", channel)
    await talk.play(Play(character=character, seed="s"), "")
    for text in ("hello", "who are you?", "tell me a story"):
        await last(talk.chat(text, author="Ann", options=SEED))
    return await talk.channel.path()


async def test_several_states_in_one_batch_equal_each_alone(
    tmp_path: Path, demo: Engine, folder: CharacterFolder
) -> None:
    names = ("mira", "tock", "plain")
    alone = []
    for name in names:
        async with open_conversations(tmp_path / name, demo, characters=folder) as conversations:
            alone.append([node.output for node in await talked(conversations, "c", name)])
    async with open_conversations(tmp_path / "all", demo, characters=folder) as conversations:
        together = await asyncio.gather(*(talked(conversations, name, name) for name in names))
        assert [[node.output for node in path] for path in together] == alone
        assert len({tuple(each) for each in alone}) == 3, "each state makes another talk"
        assert len({path[0].tokens for path in together}) == 1, "of the same words"
        assert len({path[0].digest for path in together}) == 3, "the state's name tells them apart"


async def test_a_lost_state_is_read_again_from_its_own_beginning(
    tmp_path: Path, demo: Engine, folder: CharacterFolder
) -> None:
    async with open_conversations(tmp_path, demo, characters=folder) as conversations:
        path = await talked(conversations, "c", "mira")
    async with open_conversations(tmp_path, demo, characters=folder) as conversations:
        await conversations.core.states.close(1)
        await conversations.core.store.states.forget([node.digest for node in path])
        again, _ = await conversations.core.states.resume(path[-1])
        assert again is not None
        rebuilt = await demo.export_state(again)
        initial = await demo.tuned_state(tmp_path / "cast" / "mira.pth")
        tokens = [token for node in path for token in node.tokens]
        read = await conversations.core.states.read(tokens, initial)
        assert read is not None
        assert rebuilt == await demo.export_state(read), "the tuned state and the words make it, to the bit"


async def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "mira.toml").write_text('name = "Mira"\ngreeting = "Hi."\nstate = "mira.pth"\n')
    (tmp_path / "fox.toml").write_text('name = "Fox"\ngreeting = "Hi."\nstate = "../secret.pth"\n')
    (tmp_path / "mira.pth").write_text("one")
    folder = CharacterFolder([tmp_path])
    states = InitialStates(FakeEngine(), folder)
    name = await states.name(folder.load("mira"))
    assert name.startswith("mira/")
    assert await states.get(name) is await states.get(name), "read once"
    with pytest.raises(InvalidOption, match="not next to it"):
        await states.name(folder.load("fox"))
    (tmp_path / "mira.pth").write_text("another")
    with pytest.raises(NotFound, match="has changed"):
        await InitialStates(FakeEngine(), folder).get(name)
    with pytest.raises(NotFound):
        await states.get("nobody/1234")
