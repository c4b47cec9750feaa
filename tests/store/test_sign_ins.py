"""Sign-ins in the store: they expire when unused for long."""

from datetime import timedelta

from sqlalchemy import update

from bot.store.account_tables import Account
from bot.store.connection import now, writing
from bot.store.sign_ins import LIFETIME, NOTED
from bot.store.store import Store
from bot.store.tables import sign_ins


async def used(store: Store, name: str, ago: timedelta) -> None:
    async with writing(store.engine) as connection:
        await connection.execute(update(sign_ins).where(sign_ins.c.id == name).values(used=now() - ago))


async def test_using_one_keeps_it(any_store: Store) -> None:
    await any_store.invitations.add("a", "", timedelta(days=1))
    ann = await any_store.accounts.add(Account(key="ann", name="Ann", secret="s", visitor="v"), "a")
    table = any_store.sign_ins
    await table.add("one", ann.id, "Firefox")
    await used(any_store, "one", LIFETIME - timedelta(days=1))
    assert await table.find("one") is not None
    [found] = await table.of(ann.id)
    assert now() - found.used < NOTED
    await used(any_store, "one", LIFETIME + timedelta(days=1))
    assert await table.find("one") is None
    assert await table.of(ann.id) == []
    await table.add("two", ann.id, "Chrome")  # and the old row is deleted
    assert await table.end(ann.id) == ["two"]
