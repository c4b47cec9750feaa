"""Effective limits: configured, changed by the owner, tightened by a guild."""

from pathlib import Path

from bot.events import Author, Origin
from bot.policy.limit_changes import LimitChanges
from bot.policy.limits import Limits
from bot.store.store import open_store

HERE = Origin(platform="discord", channel="c", author=Author("1", "Ann"), guild="g")
ALONE = Origin(platform="discord", channel="c", author=Author("1", "Ann"))


async def test_an_owner_changes_and_a_guild_tightens(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        changes = LimitChanges(store.values, Limits(user_per_minute=20))
        await changes.change("*", "user_per_minute", 30)
        await changes.change("discord:g", "user_per_minute", 50)
        await changes.change("discord:g", "user_per_day", 7)
        assert await changes.limits(ALONE) == Limits(user_per_minute=30)
        assert await changes.limits(HERE) == Limits(user_per_minute=30, user_per_day=7)
        await changes.change("discord:g", "user_per_day", None)
        assert (await changes.limits(HERE)).user_per_day == 0
        await store.values.set("limits", "discord:g", {"no_such_limit": 1})
        assert (await LimitChanges(store.values, Limits()).limits(HERE)) == Limits(user_per_minute=30)
