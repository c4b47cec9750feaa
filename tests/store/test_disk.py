"""A full disk: people are told before anything is started, and work resumes when there is space."""

import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.chat.turn import TurnOptions
from bot.store.database_errors import FULL, READ_ONLY, StoreError
from bot.store.disk import PLENTY, ROOM_TO_TALK, Disk
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine


def test_room_is_looked_for_before_anything_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path / "roost.db", clock=count(1.0, 1.0).__next__)
    disk.check()
    monkeypatch.setattr(Disk, "free", lambda disk: ROOM_TO_TALK - 1)
    with pytest.raises(StoreError) as raised:
        disk.check()
    assert raised.value.message == FULL
    disk.check(lambda: 1)
    Disk(None).check()


def test_a_disk_with_plenty_of_space_is_asked_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free, asked, now = PLENTY, 0, 100.0

    def counted(disk: Disk) -> int:
        nonlocal asked
        asked += 1
        return free

    monkeypatch.setattr(Disk, "free", counted)
    disk = Disk(tmp_path / "roost.db", clock=lambda: now)
    disk.check()
    disk.check()
    assert (disk.has(ROOM_TO_TALK), asked) == (True, 1)
    free, now = 0, 101.0
    assert not disk.has(ROOM_TO_TALK)
    with pytest.raises(StoreError):
        disk.check()
    free = PLENTY - 1
    before = asked
    disk.check()
    disk.check()
    assert asked > before + 1, "with less, each time"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system needs the rights to mount one")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


async def test_nothing_is_lost_on_a_disk_that_fills_up(small_disk: Path) -> None:
    async with open_conversations(small_disk, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("before", author="Ann", options=SEED))
        fill(small_disk)
        with pytest.raises(StoreError, match="disk is full"):
            await last(talk.chat("while it is full", author="Ann", options=SEED))
        (small_disk / "filler").unlink()
        final = await last(talk.chat("after", author="Ann", options=TurnOptions(sampling={"seed": 1})))
        assert final.node is not None
        words = [node.input for node in await talk.channel.history()][1:]
        assert words == ["before", "after"]
    async with open_conversations(small_disk, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        assert [node.input for node in await talk.channel.history()][1:] == words


async def test_a_disk_that_becomes_read_only(small_disk: Path) -> None:
    async with open_conversations(small_disk, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("before", author="Ann", options=SEED))
        with pytest.MonkeyPatch.context() as patch:
            real = os.statvfs
            patch.setattr(os, "statvfs", lambda path: read_only(real(path)))
            with pytest.raises(StoreError) as raised:
                await last(talk.chat("meanwhile", author="Ann", options=SEED))
            assert raised.value.message == READ_ONLY
        assert (await last(talk.chat("after", author="Ann", options=SEED))).node is not None


def read_only(found: os.statvfs_result) -> os.statvfs_result:
    values = list(found)
    values[8] |= os.ST_RDONLY
    return os.statvfs_result(values)


def fill(place: Path) -> None:
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
