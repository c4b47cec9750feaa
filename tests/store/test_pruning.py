"""The bot's periodic deletion, run while the bot is stopped."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.errors import Busy, ConfigError
from bot.store.connection import create_engine, database_url, dispose, now, writing
from bot.store.migrating import migrate
from bot.store.pruning import prune
from bot.store.store import open_store
from bot.store.tables import nodes
from tests.store.trees import budget_of, grow, new_channel, state


async def test_old_words_and_too_many_states_go(store_url: str, tmp_path: Path) -> None:
    url = database_url(store_url, tmp_path)
    async with open_store(store_url, tmp_path) as store:
        made = await grow(store, await new_channel(store), 4)
        await store.states.save([state(node.digest, 100) for node in made], budget_of(store))
        async with writing(store.engine) as connection:
            old = update(nodes).where(nodes.c.id <= made[1].id).values(created=now() - timedelta(days=40))
            await connection.execute(old)
        with pytest.raises(Busy, match="Stop"):
            await prune(url, states=0, keep_turns=1, days=30)
    done = await prune(url, states=1000, keep_turns=1, days=0)
    assert (done.states, done.channels) == (0, 0)
    done = await prune(url, states=1000, keep_turns=1, days=30)
    assert done.channels == 1
    async with open_store(store_url, tmp_path) as store:
        path = await store.nodes.path(made[-1].id)
        assert [(node.input, node.output) for node in path[1:]] == [
            ("", ""), ("", ""), ("say 2", "said 2"), ("say 3", "said 3"),
        ]  # fmt: skip
        assert await store.states.nbytes() == 0, "each of them had read what is gone"
        await store.states.save([state(f"d{number}", 100) for number in range(5)], budget_of(store))
    assert (await prune(url, states=250, keep_turns=1, days=0)).states >= 3
    assert (await prune(url, states=0, keep_turns=1, days=0)).states > 0


async def test_another_version_is_left_alone(tmp_path: Path) -> None:
    engine = create_engine(database_url("", tmp_path))
    await migrate(engine, "0005")
    await dispose(engine)
    with pytest.raises(ConfigError, match="roost db upgrade"):
        await prune(database_url("", tmp_path), states=0, keep_turns=1, days=1)
