"""The connection that lookups use, of a database that has one."""

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import quick_reader
from bot.store.quick_reader import QuickReader


def reader_of(engine: AsyncEngine) -> QuickReader:
    found = quick_reader(engine)
    assert found is not None
    return found
