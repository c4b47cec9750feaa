"""States uploaded by programs."""

import pytest

from bot.chat.uploaded_states import MAX_STATES, UploadedStates
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, StateHandle
from bot.errors import InvalidOption, NotFound
from bot.paths import data_file
from tests.fakes import FakeEngine

DEMO = data_file("models/demo/demo.pth")


async def state_of(engine: FakeEngine, text: str) -> StateHandle:
    async for chunk in engine.stream(Request(tokens=tuple(engine.coder.encode(text)))):
        if chunk.state is not None:
            return chunk.state
    raise AssertionError("the last chunk brings the state")


async def test_a_state_comes_back_as_it_was_exported() -> None:
    engine = FakeEngine()
    states = UploadedStates(engine, 1 << 20)
    state = await state_of(engine, "an owl")
    made = await states.add("ann", await engine.export_state(state))
    assert engine.tokens_of(states.get("ann", made.id).state) == engine.tokens_of(state)
    again = await states.add("ann", await states.export("ann", made.id))
    assert engine.tokens_of(again.state) == engine.tokens_of(state)
    for owner in ("bob", "ann"):
        with pytest.raises(NotFound):
            states.get(owner, made.id if owner == "bob" else "state_0")
    states.drop("ann", made.id)
    assert [each.id for each in states.of("ann")] == [again.id]


async def test_what_is_kept_has_a_bound() -> None:
    engine = FakeEngine()
    states = UploadedStates(engine, 1 << 20)
    data = await engine.export_state(await state_of(engine, "an owl"))
    made = [await states.add("ann", data) for _ in range(MAX_STATES + 3)]
    assert [each.id for each in states.of("ann")] == [each.id for each in made[3:]]
    size = made[0].state.nbytes
    small = UploadedStates(engine, 2 * size)
    for owner in "abc":
        await small.add(owner, data)
    assert [len(small.of(owner)) for owner in "abc"] == [0, 1, 1]
    with pytest.raises(InvalidOption):
        await UploadedStates(engine, size - 1).add("ann", data)


async def test_what_is_no_state_is_refused_by_a_real_model() -> None:
    engine = build_engine(EngineSettings(model=DEMO, rows=2, threads=1))
    await engine.start()
    states = UploadedStates(engine, 1 << 28)
    for data in (b"", b"nonsense", b"PK\x03\x04broken", b"\x08\0\0\0\0\0\0\0{broken"):
        with pytest.raises(InvalidOption):
            await states.add("ann", data)
    assert states.of("ann") == []
    await engine.close()


async def test_another_models_state_is_not_used() -> None:
    engine = FakeEngine()
    states = UploadedStates(engine, 1 << 20)
    made = await states.add("ann", await engine.export_state(await state_of(engine, "an owl")))
    engine.fingerprint = "fake-2"
    with pytest.raises(InvalidOption):
        states.get("ann", made.id)
    states.drop("ann", made.id)
    assert states.of("ann") == []


async def test_an_exported_state_is_one_whatever_its_checksum_begins_with() -> None:
    engine = build_engine(EngineSettings(model=DEMO, rows=1, threads=1))
    await engine.start()
    states = UploadedStates(engine, 1 << 28)
    with pytest.raises(InvalidOption, match="This is no state of the running model"):
        await states.add("ann", b"ROOSTST1{" + bytes(100))
    await engine.close()
