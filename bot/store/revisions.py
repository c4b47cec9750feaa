"""The revisions of a database and of this program, found without Alembic, which takes long to import."""

import re
from functools import cache

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.paths import data_file
from bot.store.connection import reading

TABLE = "alembic_version"
REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
BEFORE = re.compile(r'^down_revision = (?:None|"(\w+)")$', re.MULTILINE)


@cache
def known_revisions() -> tuple[str, ...]:
    """Return the revisions of all migrations, oldest first."""
    after: dict[str | None, str] = {}
    for path in (data_file("migrations") / "versions").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        revision, before = REVISION.search(text), BEFORE.search(text)
        if revision is None or before is None:
            raise ValueError(f"{path} does not say which revision it makes, of which other one")
        after[before[1]] = revision[1]
    found: list[str] = []
    while (following := after.get(found[-1] if found else None)) is not None:
        found.append(following)
    return tuple(found)


def newest_revision() -> str:
    """Return the revision that this program needs."""
    return known_revisions()[-1]


async def current_revision(engine: AsyncEngine) -> str | None:
    """Return the revision of the database, or None if it is blank."""
    async with reading(engine) as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(TABLE))).scalar_one_or_none()
