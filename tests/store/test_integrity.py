"""Damage is detected, and damaged turns are listed."""

from pathlib import Path

from sqlalchemy import text

from bot.store.connection import writing
from bot.store.integrity import check
from bot.store.store import Store, open_store
from tests.store.trees import grow, new_channel


async def test_all_is_well(any_store: Store) -> None:
    await grow(any_store, await new_channel(any_store), 600)
    assert await check(any_store.engine) == []


async def test_damaged_turns_are_told_by_name(store: Store) -> None:
    made = await grow(store, await new_channel(store), 8)
    changes = [
        "UPDATE nodes SET sampling = 'no JSON' WHERE id = :id",
        "UPDATE nodes SET input_tokens = x'0102' WHERE id = :id",
        "UPDATE nodes SET output_tokens = x'07000000' WHERE id = :id",
        "UPDATE nodes SET created = 'yesterday' WHERE id = :id",
    ]
    async with writing(store.engine) as connection:
        for node, change in zip(made, changes, strict=False):
            await connection.execute(text(change), {"id": node.id})
    assert await check(store.engine) == [
        f"turn {made[0].id} of test:a cannot be read",
        f"turn {made[1].id} of test:a cannot be read",
        f"turn {made[3].id} of test:a cannot be read",
        f"turn {made[2].id} of test:a is damaged: its tokens are not those that were written",
    ]


async def test_a_bad_page_is_named_and_the_rest_is_checked(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        await grow(store, await new_channel(store), 400)
        async with store.engine.connect() as connection:
            await (await connection.execution_options(reading=True)).execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    path = tmp_path / "roost.db"
    data = bytearray(path.read_bytes())
    at = data.find(b"said 200")
    page = at - at % 4096
    data[page : page + 200] = b"\xa5" * 200
    path.write_bytes(data)
    async with open_store("", tmp_path) as store:
        problems = await check(store.engine)
    assert any(problem.startswith("integrity: ") for problem in problems)
    named = [problem for problem in problems if "of test:a cannot be read" in problem]
    assert named
    assert len(named) <= 21
