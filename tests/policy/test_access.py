"""Who may do what: ranks, and the lists of `allow` and `block`."""

import asyncio
from pathlib import Path

from bot.events import Author, Origin
from bot.policy.access import Access, place_of
from bot.policy.scopes import EVERYWHERE
from bot.store.store import open_store

ANN = Author("1", "Ann", roles=("7",))


def origin(author: Author = ANN, guild: str | None = "g") -> Origin:
    return Origin(platform="test", channel="c", author=author, guild=guild, is_group=guild is not None)


async def test_ranks(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        access = Access(store.values, frozenset({"test:5"}))
        boss = Author("9", "Boss", is_admin=True)
        assert access.rank(origin()) == "everyone"
        assert access.rank(origin(boss)) == "admin"
        assert access.rank(origin(boss, guild=None)) == "owner"
        assert access.rank(origin(Author("5", "Eve"))) == "owner"


async def test_lists(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        access = Access(store.values, frozenset())
        assert not await access.refuses(origin())
        await access.set_rule("test:g", "role", "7", "block")
        assert await access.refuses(origin())
        assert not await access.refuses(origin(guild="other"))
        await access.set_rule("test:g", "role", "7", None)
        await access.set_rule("test:g", "user", "2", "allow")
        assert await access.refuses(origin())
        assert (place_of(origin()), place_of(origin(guild=None))) == ("test:g", EVERYWHERE)


async def test_two_admins_block_at_once(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        one, other = Access(store.values, frozenset()), Access(store.values, frozenset())
        await asyncio.gather(
            one.set_rule("test:g", "user", "1", "block"), other.set_rule("test:g", "user", "2", "block")
        )
        assert set(await Access(store.values, frozenset()).rules("test:g")) == {"user:1", "user:2"}
