"""Two processes on one database: a warning, and one migration."""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.connection import create_engine, database_url, dispose, writing
from bot.store.integrity import check
from bot.store.migrating import migrate
from bot.store.process_lock import migrating_alone, sharing
from bot.store.revisions import newest_revision
from bot.store.store import open_store
from tests.platforms.many_people import ROOT
from tests.store.test_migrating import ROWS
from tests.waiting import until


async def test_the_second_is_warned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_store("", tmp_path):
        assert caplog.messages == []
        async with open_store("", tmp_path) as second:
            assert [message for message in caplog.messages if "Another Roost" in message] != []
            assert await second.nodes.count() == 0, "it is a warning and no more"
        caplog.clear()
        async with open_store("", tmp_path, brief=True) as beside:  # a command
            assert caplog.messages == []
            assert await beside.nodes.count() == 0
    caplog.clear()
    async with open_store("", tmp_path):
        assert caplog.messages == []


def test_a_server_and_memory_have_no_file(tmp_path: Path) -> None:
    with sharing(None) as alone:
        assert alone
    assert list(tmp_path.iterdir()) == []


async def test_one_process_migrates_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def start() -> None:
        async with open_store("", tmp_path) as store:
            assert await store.nodes.count() == 0

    async with migrating_alone(tmp_path / "roost.db"):
        starting = asyncio.create_task(start())
        await until(lambda: any("waiting for it" in message for message in caplog.messages))
        assert not (tmp_path / "roost.db").exists(), "not even a blank file is made beside another's migration"
    await starting


@pytest.mark.slow
@pytest.mark.usefixtures("real_databases")
@pytest.mark.parametrize("revision", ["", "0001"])
async def test_processes_that_start_at_once_migrate_once(revision: str, store_url: str, tmp_path: Path) -> None:
    url = database_url(store_url, tmp_path / "data")
    if revision:
        (tmp_path / "data").mkdir()
        engine = create_engine(url)
        await migrate(engine, revision)
        async with writing(engine) as connection:
            for row in ROWS[revision]:
                literal = row.replace("x'", "'\\x") if store_url else row
                await connection.execute(text(literal.replace(":", "\\:")))
        await dispose(engine)
    config = tmp_path / "bot.toml"
    config.write_text(f'[store]\nurl = "{store_url}"\n')
    command = (sys.executable, "-m", "bot", "db", "upgrade", "--config", str(config), "--data", str(tmp_path / "data"))
    processes = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT) for _ in range(3)]
    told = [(await each.communicate())[0].decode() for each in processes]
    assert [each.returncode for each in processes] == [0] * 3, told
    assert all(f"is at {newest_revision()}" in each for each in told), told
    async with open_store(store_url, tmp_path / "data") as store:
        assert await store.nodes.count() == (2 if revision else 0)
        assert await check(store.engine) == []
    copies = [path.name for path in (tmp_path / "data").glob("*-before-*")]
    assert len(copies) == (1 if revision and not store_url else 0)
