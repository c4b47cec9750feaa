"""One process does the work; when it is done or dead, another may."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from bot.store.connection import database_url
from bot.store.store import Store, open_store
from tests.platforms.many_people import ROOT
from tests.waiting import until_asked

HOLDER = """
import asyncio, sys
from pathlib import Path
from bot.store.store import open_store

async def main():
    async with open_store(sys.argv[1], Path(sys.argv[2])) as store, store.sole_worker("prune") as chosen:
        print(chosen, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def chosen(store: Store, work: str = "prune") -> bool:
    async with store.sole_worker(work) as chosen:
        return chosen


async def test_one_at_a_time(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path) as other:
        async with one.sole_worker("prune") as first:
            assert first
            assert not await chosen(other)
            assert await chosen(other, "something else")
        assert await chosen(other)


async def test_a_killed_process_does_not_hold_the_work(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as store:
        command = (sys.executable, "-c", HOLDER, store_url, str(tmp_path))
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"True\n"
            assert not await chosen(store)
        finally:
            process.kill()
            await process.communicate()
        await until_asked(lambda: chosen(store))


async def test_a_database_in_memory_has_one_process(tmp_path: Path) -> None:
    assert database_url("sqlite://", tmp_path).database is None
    async with open_store("sqlite://", tmp_path) as store:
        assert await chosen(store)
