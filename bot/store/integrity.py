"""Checks the database for damage."""

import struct
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading
from bot.store.database_errors import StoreError
from bot.store.digest import NOTHING, digest_after, own_beginning
from bot.store.revisions import current_revision, newest_revision
from bot.store.tables import channels, nodes

MAX_NAMED = 20  # turns; the others are only counted
SLICE = 500  # turns read at a time
UNREADABLE = (DBAPIError, ValueError, struct.error)


async def check(engine: AsyncEngine) -> list[str]:
    """Return the problems of the database, one line each; an empty list if there are none. Ignores stored states."""
    problems = []
    found, needed = await current_revision(engine), newest_revision()
    if found != needed:
        problems.append(f"revision is {found or 'none'}, this Roost needs {needed}: run `roost db upgrade`")
    if engine.url.get_backend_name() == "sqlite":
        problems += await _pragmas(engine)
    if found == needed:
        problems += await damaged_turns(engine)
    return problems


async def _pragmas(engine: AsyncEngine) -> list[str]:
    async with reading(engine) as connection:
        try:
            rows = (await connection.execute(text("PRAGMA integrity_check(100)"))).scalars().all()
            problems = [f"integrity: {line}" for row in rows for line in row.splitlines() if row != "ok"]
            broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        except DBAPIError as error:
            return [f"integrity: {error.orig}"]
    return problems + [f"broken reference in {row[0]}, row {row[1]}" for row in broken[:MAX_NAMED]]


async def damaged_turns(engine: AsyncEngine) -> list[str]:
    """Report turns that cannot be read, or whose tokens have changed since they were written."""
    problems: list[str] = []
    try:
        async with reading(engine) as connection:
            await _look_through(connection, problems)
    except (StoreError, *UNREADABLE) as error:
        problems.append(f"the turns cannot be listed: {error.__cause__ or error}")
    more = len(problems) - MAX_NAMED
    return problems if more <= 0 else [*problems[:MAX_NAMED], f"and {more} more turns"]


async def _look_through(connection: AsyncConnection, problems: list[str]) -> None:
    rows = await connection.execute(select(channels.c.id, channels.c.platform, channels.c.external_id))
    names = {row.id: f"{row.platform}:{row.external_id}" for row in rows}
    # In this order only the index is read, which may be intact where the table is not.
    listed = await connection.execute(select(nodes.c.id, nodes.c.channel_id).order_by(nodes.c.channel_id, nodes.c.id))
    places = {row.id: names.get(row.channel_id, f"channel {row.channel_id}") for row in listed}
    ids = list(places)
    for start in range(0, len(ids), SLICE):
        found, lost = await _readable(connection, ids[start : start + SLICE])
        problems += [f"turn {node} of {places[node]} cannot be read" for node in lost]
        for node in await _changed(connection, found):
            problems.append(f"turn {node} of {places[node]} is damaged: its tokens are not those that were written")


async def _readable(connection: AsyncConnection, ids: Sequence[int]) -> tuple[list[Row[Any]], list[int]]:
    """Return the readable rows and the ids of the others, found by bisection."""
    try:
        return list((await connection.execute(select(nodes).where(nodes.c.id.in_(ids)))).all()), []
    except UNREADABLE:
        if len(ids) == 1:
            return [], list(ids)
    middle = len(ids) // 2
    first, second = [await _readable(connection, part) for part in (ids[:middle], ids[middle:])]
    return first[0] + second[0], first[1] + second[1]


async def _changed(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[int]:
    """Return the turns whose digest does not follow from their parent's, if that is known."""
    columns = (nodes.c.id, nodes.c.digest, nodes.c.vocabulary)
    wanted = {row.parent_id for row in rows if row.parent_id is not None}
    try:
        found = await connection.execute(select(*columns).where(nodes.c.id.in_(wanted)))
    except UNREADABLE:  # one of the parents has already been reported
        return []
    parents = {row.id: (row.digest, row.vocabulary) for row in found}
    changed = []
    for row in rows:
        if row.parent_id is None:
            before = [NOTHING, own_beginning(row.channel_id)]
        else:
            digest, vocabulary = parents.get(row.parent_id, ("", ""))
            before = [digest] if digest and vocabulary == row.vocabulary else []
        tokens = (*row.input_tokens, *row.output_tokens)
        if row.digest and before and row.digest not in [digest_after(each, tokens) for each in before]:
            changed.append(row.id)
    return changed
