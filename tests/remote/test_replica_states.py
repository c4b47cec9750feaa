"""A replica's states: bounded in memory, written when worthwhile, and found by name."""

import pytest

from bot.engine.types import Request, SamplingParams, StateHandle
from bot.remote.replica_states import ReplicaStates
from tests.fakes import FakeEngine
from tests.remote.served import Disk
from tests.waiting import until

SIZE = 64  # bytes of a fake state


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def state(engine: FakeEngine, *tokens: int) -> StateHandle:
    async for chunk in engine.stream(Request(tokens=(*tokens, 1), sampling=SamplingParams(max_tokens=0))):
        if chunk.state is not None:
            return chunk.state
    raise AssertionError


async def test_memory_is_bounded_whatever_is_put() -> None:
    engine = FakeEngine()
    states = ReplicaStates(engine, memory=3 * SIZE)
    names = [states.put(await state(engine, 300 + number)) for number in range(20)]
    assert states.nbytes <= 3 * SIZE
    assert await states.known(names) == set(names[-3:])
    assert await states.get(names[0]) is None


async def test_one_that_has_to_go_is_found_on_the_disk() -> None:
    engine, disk = FakeEngine(), Disk()
    states = ReplicaStates(engine, disk, memory=2 * SIZE)
    first = await state(engine, 300)
    assert await states.rename(states.put(first), "d0")
    for number in range(5):
        await states.rename(states.put(await state(engine, 301 + number)), f"d{number + 1}")
    await until(lambda: {"d0", "d3"} <= disk.kept.keys())
    assert "d5" not in disk.kept, "what is at hand is not written"
    found = await states.get("d0")
    assert found is not None
    assert engine.tokens_of(found) == engine.tokens_of(first)
    assert await states.known(["d0", "d5", "d9"]) == {"d0", "d5"}
    assert not await states.rename("reply_gone", "d9")


async def test_what_is_idle_is_written_and_what_is_used_is_not() -> None:
    engine, disk, clock = FakeEngine(), Disk(), Clock()
    states = ReplicaStates(engine, disk, memory=100 * SIZE, idle=60.0, clock=clock)
    await states.rename(states.put(await state(engine, 300)), "idle")
    await states.rename(states.put(await state(engine, 301)), "used")
    states.put(await state(engine, 302))
    clock.now = 59.0
    await states.get("used")
    await states.write_idle()
    assert disk.kept == {}
    clock.now = 61.0
    await states.write_idle()
    assert disk.kept.keys() == {"idle"}
    await states.drain()
    assert disk.kept.keys() == {"idle", "used"}, "one without a lasting name is nobody's"


async def test_one_that_cannot_be_written_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, disk = FakeEngine(), Disk()
    states = ReplicaStates(engine, disk, memory=100 * SIZE, idle=0.0)
    await states.rename(states.put(await state(engine, 300)), "first")
    await states.rename(states.put(await state(engine, 301)), "second")
    save = disk.save

    async def fail(name: str, data: bytes) -> None:
        monkeypatch.setattr(disk, "save", save)
        raise OSError("no space left on device")

    monkeypatch.setattr(disk, "save", fail)
    await states.drain()
    assert disk.kept.keys() == {"second"}


async def test_what_is_forgotten_comes_back_from_nowhere() -> None:
    engine, disk = FakeEngine(), Disk()
    states = ReplicaStates(engine, disk, memory=SIZE)
    await states.rename(states.put(await state(engine, 300)), "d0")
    await states.rename(states.put(await state(engine, 301)), "d1")  # d0 is being written to disk
    await states.forget(["d0", "d1"])
    await states.drain()
    assert disk.kept == {}
    assert len(states) == 0
    assert states.nbytes == 0


async def test_damage_on_the_disk_is_a_state_that_is_not_there() -> None:
    engine, disk = FakeEngine(), Disk()
    disk.kept["d0"] = b"x" * 40
    states = ReplicaStates(engine, disk, memory=SIZE)
    assert await states.get("d0") is None
    assert disk.kept == {}


async def test_what_is_sent_twice_is_held_once() -> None:
    engine = FakeEngine()
    states = ReplicaStates(engine, memory=100 * SIZE)
    given = await state(engine, 300)
    assert states.take_in(b"same", given) == states.take_in(b"same", given) != states.take_in(b"other", given)
    assert len(states) == 2
