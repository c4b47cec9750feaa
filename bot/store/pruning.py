"""Deletes, while the bot is stopped, what it deletes by itself while running."""

import functools
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import URL

from bot.errors import ConfigError
from bot.store.connection import now, sqlite_path
from bot.store.migrating import opened
from bot.store.process_lock import check_alone, locked
from bot.store.revisions import current_revision, newest_revision
from bot.store.state_budget import Budget
from bot.store.states import opened_states
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted."""

    states: int
    channels: int  # channels with expired words


async def prune(url: URL, *, states: int, keep_turns: int, days: float) -> Pruned:
    """Keep ``states`` bytes of states and ``days`` days of words (0: all).

    Raises Busy while Roost is running: it would write turns below those that were deleted.
    """
    with locked(sqlite_path(url)):
        async with opened(url, upgrade=False) as engine, opened_states(engine) as table:
            if await current_revision(engine) != newest_revision():
                raise ConfigError("The database is of another version of Roost: run `roost db upgrade` first.")
            await check_alone(engine)
            store = Store(engine, table)
            channels = await _expire(store, days) if days else 0
            near = functools.partial(store.nodes.near_heads, turns=keep_turns)
            budget = Budget(nbytes=states, running=await table.latest_model(), protect=near)
            return Pruned(await table.prune(budget), channels)


async def _expire(store: Store, days: float) -> int:
    before = now() - timedelta(days=days)
    channels = await store.channels_before(before)
    await store.expire(before, channels)
    await store.expire_rest(before)
    return len(channels)
