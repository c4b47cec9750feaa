"""The state file gives up its space for text."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import disk, state_file
from bot.store.connection import database_url, reading
from bot.store.disk import Disk
from bot.store.state_budget import SerializedState
from bot.store.state_file import StateFile
from bot.store.store import open_store
from tests.store.trees import budget_of, scramble

GIGABYTE = 1 << 30


async def test_a_full_disk_gets_the_room_of_the_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = GIGABYTE
    monkeypatch.setattr(disk, "PLENTY", 2 * GIGABYTE)  # what is free is asked each time
    monkeypatch.setattr(Disk, "free", lambda disk: free)
    kept = SerializedState(fingerprint="m", digest="d", data=b"s" * 1_000_000)
    async with open_store("", tmp_path) as store:
        path = tmp_path / "roost-states.db"
        await store.states.save([kept], budget_of(store))
        await store.states.make_room()
        assert await store.states.load("m", "d") is not None, "there is room: nothing goes"
        free = state_file.ROOM_TO_KEEP
        await store.states.save([SerializedState(fingerprint="m", digest="e", data=b"s")], budget_of(store))
        assert await store.states.kept("m", ["d", "e"]) == {"d"}, "states never take the room of the words"
        free = state_file.ROOM_TO_STAY - 1
        await store.states.make_room()
        assert await store.states.nbytes() == 0
        assert state_file.file_size(path) < state_file.WORTHWHILE
        free = GIGABYTE
        await store.states.save([kept], budget_of(store))
        assert await store.states.load("m", "d") is not None, "it goes on when there is room"


async def test_an_older_layout_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_store("", tmp_path) as store:
        await store.states.save([SerializedState(fingerprint="m", digest="d", data=b"s")], budget_of(store))
    monkeypatch.setattr(state_file, "LAYOUT", 2)
    async with open_store("", tmp_path) as store:
        assert await store.states.nbytes() == 0
        await store.states.save([SerializedState(fingerprint="m", digest="d", data=b"s")], budget_of(store))
    async with open_store("", tmp_path) as store:
        assert await store.states.nbytes() == 1


async def test_a_database_in_memory_has_its_states_there(tmp_path: Path) -> None:
    async with open_store("sqlite://", tmp_path) as store:
        await store.states.save([SerializedState(fingerprint="m", digest="d", data=b"s")], budget_of(store))
        assert await store.states.load("m", "d") == b"s"
    assert not (tmp_path / "roost-states.db").exists()


async def test_damage_that_cannot_even_be_named_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_store("", tmp_path) as store:
        await store.states.save([SerializedState(fingerprint="m", digest="d", data=b"s")], budget_of(store))
    scramble(tmp_path / "roost-states.db", "states")
    async with open_store("", tmp_path) as store:
        assert await store.states.nbytes() == 0
        await store.states.save([SerializedState(fingerprint="m", digest="d", data=b"s")], budget_of(store))
        assert await store.states.load("m", "d") == b"s"
    assert "the file is damaged" in caplog.text


async def test_a_file_that_is_used_is_replaced_afterwards(tmp_path: Path) -> None:
    """SQLite would delete the journal of the new file when it closes the deleted one."""
    async with StateFile(database_url("", tmp_path)).opened() as file:
        engine = await file.acquire()
        renewing = asyncio.create_task(file.renew(engine, "it is damaged"))
        other = asyncio.create_task(file.acquire())
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT count(*) FROM states"))).scalar_one() == 0
        assert file.engine is engine, "it waits for whoever uses it"
        assert not renewing.done()
        file.release()
        await renewing
        assert file.engine is not engine
        assert await other is file.engine, "whoever comes meanwhile gets the new file"
        file.release()
