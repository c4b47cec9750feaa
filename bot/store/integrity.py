"""Looking for damage in the database."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import reading
from bot.store.migrating import current_revision, newest_revision


async def check(engine: AsyncEngine) -> list[str]:
    """Problems of the database, one line each; an empty list when all is well."""
    problems = []
    found, needed = await current_revision(engine), newest_revision()
    if found != needed:
        problems.append(f"revision is {found or 'none'}, this Roost needs {needed}: run `roost db upgrade`")
    if engine.url.get_backend_name() == "sqlite":
        async with reading(engine) as connection:
            rows = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
            problems += [f"integrity: {row}" for row in rows if row != "ok"]
            rows = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
            problems += [f"broken reference in {row[0]}, row {row[1]}" for row in rows[:20]]
    return problems
