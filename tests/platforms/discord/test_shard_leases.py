"""Every shard has one owner; a dead process's shards are taken over, independent of clocks."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.platforms.discord import shard_leases
from bot.platforms.discord.shard_leases import BEAT, FENCE, SCOPE, SILENT, LeaseTable, ShardLeases, Unanswered
from bot.store.store import open_store


class Row:
    """The database row shared by all processes."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], object] = {}
        self.broken = False
        self.now = 1000.0
        self.answers = asyncio.Event()
        self.answers.set()

    async def get(self, scope: str, key: str, default: object = None) -> object:
        return self.values.get((scope, key), default)

    async def set(self, scope: str, key: str, value: object) -> None:
        self.values[scope, key] = value

    async def items(self, scope: str) -> dict[str, object]:
        return {key: value for (each, key), value in self.values.items() if each == scope}

    async def seconds(self) -> float:
        return self.now

    async def update(self, scope: str, key: str, change: object) -> object:
        if self.broken:
            raise OSError("no database")
        await self.answers.wait()
        new = change(self.values.get((scope, key)))  # type: ignore[operator]
        self.values[scope, key] = new
        return new


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Process:
    """One of several processes, with an arbitrary clock offset."""

    def __init__(self, row: Row, count: int, start: float = 0.0) -> None:
        self.clock = Clock(start)
        self.leases = ShardLeases(row, count, clock=self.clock)

    async def beat(self, *, heard: bool = True) -> str | None:
        self.clock.now += BEAT
        return await self.leases.renew(heard=heard)


async def test_one_takes_all_and_shares_with_those_who_come() -> None:
    row = Row()
    first, second, third = (Process(row, 8, start) for start in (0.0, 1e6, -1e6))
    await first.beat()
    assert first.leases.held == set(range(8))
    for _ in range(3):
        for each in (first, second, third):
            await each.beat()
    held = [each.leases.held for each in (first, second, third)]
    assert sorted(len(shards) for shards in held) == [2, 3, 3]
    assert frozenset.union(*held) == set(range(8))


async def test_a_process_that_falls_silent_is_replaced_and_its_last_word_known() -> None:
    row = Row()
    alive, dead = Process(row, 2), Process(row, 2, 500.0)
    for _ in range(3):
        await alive.beat()
        await dead.beat()
    assert len(alive.leases.held) == 1
    missed, beats = None, 0
    while len(alive.leases.held) < 2:
        missed = await alive.beat()
        beats += 1
    assert SILENT / BEAT <= beats <= SILENT / BEAT + 2
    table = LeaseTable.read(row.values[SCOPE, "shards:2"], 2)
    assert missed is not None
    assert missed <= max(table.heard.values())
    assert dead.leases.name not in table.beats
    await dead.beat()
    assert dead.leases.held == set(), "it wakes up, and sees that its shard has gone"


async def test_what_nobody_has_heard_yet_was_missed_since_it_was_first_claimed() -> None:
    row = Row()
    first, second = Process(row, 2), Process(row, 2)
    claimed = await first.beat(heard=False)
    assert claimed is not None
    await second.beat(heard=False)
    await first.beat(heard=False)  # frees a shard that it never connected
    assert await second.beat(heard=False) == claimed
    assert second.leases.held


async def test_giving_up_makes_room_at_once() -> None:
    row = Row()
    first, second = Process(row, 4), Process(row, 4)
    await first.beat()
    await first.leases.release()
    await second.beat()
    assert second.leases.held == set(range(4))


async def test_whoever_cannot_reach_the_database_stops_before_others_begin() -> None:
    assert FENCE + BEAT > SILENT > FENCE
    row = Row()
    process = Process(row, 2)
    await process.beat()
    row.broken = True
    for _ in range(4):
        with pytest.raises(OSError, match="no database"):
            await process.beat()
    assert process.leases.held == set()


async def test_whoever_waits_for_the_database_stops_too() -> None:
    row = Row()
    process = Process(row, 2)
    await process.beat()
    row.answers.clear()
    process.clock.now += FENCE
    with pytest.raises(TimeoutError):
        await process.beat()
    assert process.leases.held == set()
    row.answers.set()
    await process.beat()
    assert process.leases.held == {0, 1}


async def test_who_has_no_shards_asks_again_if_the_database_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_leases, "PATIENCE", 0.01)
    row = Row()
    process = Process(row, 2)
    row.answers.clear()
    with pytest.raises(Unanswered):
        await process.beat()
    row.answers.set()
    monkeypatch.undo()
    await process.beat()
    assert process.leases.held == {0, 1}


async def test_no_shard_has_two_owners_whatever_happens() -> None:
    chance = random.Random(5)
    row = Row()
    processes = [Process(row, 10, chance.uniform(0, 1e5)) for _ in range(4)]
    for _ in range(300):
        each = chance.choice(processes)
        if chance.random() < 0.05:
            await each.leases.release()
        else:
            await each.beat(heard=chance.random() < 0.5)
        table = LeaseTable.read(row.values[SCOPE, "shards:10"], 10)
        assert set(table.owners.values()) <= table.beats.keys()
        assert each.leases.held == table.of(each.leases.name)


@pytest.mark.parametrize("value", [None, 5, [], {"beats": 3}, {"shards": {"x": 1, "99": {}, "0": {"owner": 7}}}])
def test_a_damaged_row_is_an_empty_table(value: object) -> None:
    assert LeaseTable.read(value, 4) == LeaseTable()


async def test_on_a_real_store(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as one, open_store("", tmp_path) as other:
        here, there = ShardLeases(one.values, 4), ShardLeases(other.values, 4)
        for _ in range(2):
            await here.renew(heard=True)
            await there.renew(heard=True)
        assert here.held | there.held == set(range(4))
        assert not here.held & there.held
        await here.release()
        await there.renew(heard=True)
        assert there.held == set(range(4))
