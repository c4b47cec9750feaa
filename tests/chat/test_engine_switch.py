"""Changing the model while people talk."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.chat.conversations import Conversations
from bot.chat.engine_switch import EngineSwitch
from bot.engine.serving.batch_engine import Engine as BatchEngine
from bot.engine.serving.loader import assemble
from bot.engine.serving.worker import EngineWorker
from bot.engine.types import EngineError, EngineInfo, Request, SamplingParams
from bot.errors import Busy, ModelError, NotFound
from tests.conversations import SEED, last, open_conversations
from tests.engine.toys import ByteCoder, ToyModel, settings
from tests.fakes import FakeEngine
from tests.waiting import until


class EngineFactory:
    """Builds a fake engine for each file, with its own vocabulary."""

    def __init__(self) -> None:
        self.engines: dict[str, FakeEngine] = {}

    def __call__(self, path: Path) -> FakeEngine:
        if path.stem == "broken":
            raise ModelError("broken.pth is truncated.")
        words = ["\n\n", " the", " owl", "User:", " Assistant:"] if path.stem == "other" else None
        more = {"words": words} if words else {}
        self.engines[path.stem] = FakeEngine(delay=0.002, fingerprint=path.stem, **more)  # type: ignore[arg-type]  # words or nothing
        return self.engines[path.stem]


@asynccontextmanager
async def two_models(folder: Path) -> AsyncIterator[tuple[EngineSwitch, Conversations, EngineFactory]]:
    models = folder / "models"
    models.mkdir()
    for name in ("first.pth", "other.safetensors", "broken.pth", "notes.txt"):
        (models / name).write_bytes(b"x")
    factory = EngineFactory()
    switch = EngineSwitch(models / "first.pth", factory, [models])
    await switch.start()
    async with open_conversations(folder, switch, gate=switch.gate) as conversations:
        yield switch, conversations, factory
    await switch.close()


async def test_a_conversation_goes_on_with_another_model(tmp_path: Path) -> None:
    async with two_models(tmp_path) as (switch, conversations, factory):
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello owl", author="Ann", options=SEED))
        first = factory.engines["first"]
        read = first.coder.decode([token for node in await talk.channel.history() for token in node.tokens])
        await switch.switch("other")
        assert (switch.current, switch.info.fingerprint) == ("other", "other")
        update = await last(talk.chat("and now", author="Ann", options=SEED))
        assert update.text
        engine = factory.engines["other"]
        request = engine.requests[-1]
        assert engine.coder.decode([*engine.tokens_of(request.state), *request.tokens]).startswith(read)
        assert first.status().state == "closed"


async def test_a_change_waits_for_running_replies(tmp_path: Path) -> None:
    async with two_models(tmp_path) as (switch, conversations, factory):
        talk, other = await conversations.open("test", "a"), await conversations.open("test", "b")
        first = factory.engines["first"]
        first.enqueue(" the owl" * 20)
        first.held = True
        running = asyncio.create_task(last(talk.chat("hello", author="Ann", options=SEED)))
        await until(lambda: first.requests)
        change = asyncio.create_task(switch.switch("other"))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await switch.switch("other")
        late = asyncio.create_task(last(other.chat("me too", author="Bo", options=SEED)))
        first.held = False
        assert (await running).finish_reason == "stop"
        await change
        assert (await late).text
        assert factory.engines["other"].requests, "what came meanwhile ran on the new model"


async def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    async with two_models(tmp_path) as (switch, conversations, _):
        assert switch.names() == ["broken", "first", "other"]
        with pytest.raises(NotFound, match='Did you mean "other"'):
            await switch.switch("othr")
        with pytest.raises(ModelError, match="truncated"):
            await switch.switch("broken")
        talk = await conversations.open("test", "a")
        assert (await last(talk.chat("hello", author="Ann", options=SEED))).text
        assert switch.current == "first"


class FailingFactory:
    """Builds real engines of a toy model: the first one's thread dies at its third step, the others fail to start."""

    def __init__(self, unstartable: int) -> None:
        self.built: list[EngineWorker] = []
        self._unstartable = unstartable

    def __call__(self, path: Path) -> EngineWorker:
        model, number = ToyModel(), len(self.built)

        def die(lengths: Sequence[int]) -> None:
            if number == 0 and model.steps > 2:
                raise SystemExit

        def load() -> tuple[BatchEngine, EngineInfo]:
            if 0 < number <= self._unstartable:
                raise ModelError("There is no memory at the moment.")
            return assemble(model, ByteCoder(), settings(rows=2))

        model.on_step = die
        self.built.append(EngineWorker(load, rows=2, queue_limit=8))
        return self.built[-1]


async def written(switch: EngineSwitch) -> str:
    request = Request(tokens=(5, 6), sampling=SamplingParams(temperature=0, max_tokens=8), channel="a")
    return "".join([chunk.text async for chunk in switch.stream(request)])


@pytest.mark.parametrize("unstartable", [0, 3])
async def test_an_engine_that_has_failed_is_started_again(unstartable: int, tmp_path: Path) -> None:
    workshop = FailingFactory(unstartable)
    switch = EngineSwitch(tmp_path / "toy.pth", workshop, pause=0.001)
    await switch.start()
    with pytest.raises(EngineError, match="has failed"):
        await written(switch)
    with pytest.raises(Busy, match="being restarted"):
        await written(switch)
    assert switch.status().state == "loading"
    assert switch.coder.encode("a") == [98]
    await until(lambda: switch.status().state == "ready")
    assert await written(switch)
    assert len(workshop.built) == 2 + unstartable
    await switch.close()
    assert switch.status().state == "closed"


async def test_closing_ends_the_tries_to_start_again(tmp_path: Path) -> None:
    workshop = FailingFactory(unstartable=1000)
    switch = EngineSwitch(tmp_path / "toy.pth", workshop, pause=0.001)
    await switch.start()
    with pytest.raises(EngineError):
        await written(switch)
    await until(lambda: len(workshop.built) > 3)
    await switch.close()
    count = len(workshop.built)
    with pytest.raises(EngineError, match="closed"):
        await written(switch)
    assert len(workshop.built) == count
