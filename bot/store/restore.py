"""Replaces a database that is not in use with a backup."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import delete, inspect, literal, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import ConfigError, InvalidOption, NotFound
from bot.store.account_tables import RESETS
from bot.store.backup import backup, copy_sqlite
from bot.store.connection import create_engine, now, reading, sqlite_path, writing
from bot.store.integrity import check
from bot.store.migrating import check_revision, migrate, opened
from bot.store.postgresql_tools import MAGIC, fill, revision_of
from bot.store.process_lock import check_alone, locked
from bot.store.revisions import current_revision
from bot.store.state_file import file_parts, remove_file, states_path
from bot.store.tables import invitations, key_values, metadata, sign_ins

SQLITE = b"SQLite format 3\0"
NO_COPY = "{source} is not a copy of a Roost database: {reason}"
IN_USE = (
    "There is a database already, with something in it: {where}. With --force it is kept aside and {source} takes its"
    " place."
)


async def restore(url: URL, source: Path, *, force: bool = False, aside: Path) -> Path | None:
    """Replace the database with ``source``, a copy made by ``backup``. Returns where the old one is, if there was one.

    The old database is kept in the folder ``aside``. If this is killed half-way, the database is either the old or the
    new one, complete. Raises UserError.
    """
    if not await asyncio.to_thread(source.is_file):
        raise NotFound("There is no file {source}.", source=source)
    begins = await asyncio.to_thread(_beginning, source)
    path = sqlite_path(url)
    if not begins.startswith(MAGIC if path is None else SQLITE):
        wanted = "pg_dump (--format=custom) writes" if path is None else "SQLite has"
        raise InvalidOption(NO_COPY, source=source, reason=f"it is no file as {wanted}, and [store] url wants one")
    name = f"roost-before-restore-{now():%Y%m%d-%H%M%S-%f}"
    if path is None:
        return await _restore_server(url, source, force=force, kept=aside / f"{name}.dump")
    with locked(path):
        return await _restore_file(path, source, force=force, kept=aside / f"{name}.db")


def _beginning(source: Path) -> bytes:
    with source.open("rb") as file:
        return file.read(len(SQLITE))


# --- SQLite -------------------------------------------------------------------------------------------------------


async def _restore_file(path: Path, source: Path, *, force: bool, kept: Path) -> Path | None:
    used = await asyncio.to_thread(_is_used, path)
    if used and not force:
        raise ConfigError(IN_USE, where=path, source=source)
    new = path.with_name(f"{path.stem}.restored.db")
    try:
        await asyncio.to_thread(_copy_whole, source, new)
        await _prepare(new, source)
        await asyncio.to_thread(_replace, path, new, states_path(source), kept if used else None)
    finally:
        await asyncio.to_thread(remove_file, new)
    return kept if used else None


def _is_used(path: Path) -> bool:
    """Return whether the database has any content; a damaged one counts."""
    if not path.is_file():
        return any(part.exists() for part in file_parts(path))
    try:
        with closing(sqlite3.connect(path)) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counted = [name for name in names if name != "alembic_version" and not name.startswith("sqlite_")]
            query = 'SELECT EXISTS (SELECT 1 FROM "{}")'
            return any(connection.execute(query.format(name)).fetchone()[0] for name in counted)
    except sqlite3.Error:
        return True


def _copy_whole(source: Path, new: Path) -> None:
    try:
        copy_sqlite(source, new)
    except sqlite3.Error as error:
        raise InvalidOption(NO_COPY, source=source, reason=error) from None


async def _prepare(new: Path, source: Path) -> None:
    """Migrate the copy and check it for damage before it is put in place. Leaves a single file."""
    async with opened(URL.create("sqlite+aiosqlite", database=str(new)), upgrade=False) as engine:
        found = await current_revision(engine)
        if found is None:
            raise InvalidOption(NO_COPY, source=source, reason="it has no revision")
        await migrate(engine, copied=True)
        if problems := await check(engine):
            raise InvalidOption("{source} is damaged: {problems}", source=source, problems="; ".join(problems))
        await _end_sign_ins(engine)
    await asyncio.to_thread(_close_log, new)


def _close_log(path: Path) -> None:
    """Write the contents of the WAL into the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def _replace(path: Path, new: Path, states: Path, kept: Path | None) -> None:
    """Put the new file in place. States may refer to words that the copy does not have, so they are deleted first."""
    remove_file(states_path(path))
    if kept is not None:
        with suppress(sqlite3.Error):  # a damaged database keeps its WAL, which is then stored next to it
            _close_log(path)
        kept.parent.mkdir(parents=True, exist_ok=True)
        for part, name in zip(file_parts(path), file_parts(kept), strict=True):
            if part.exists():
                _link(part, name)
    for part in file_parts(path)[1:]:  # SQLite would replay an old WAL into the new file
        part.unlink(missing_ok=True)
    new.replace(path)
    if states.is_file():
        with suppress(sqlite3.Error):  # the states are only a cache
            copy_sqlite(states, states_path(path))


def _link(part: Path, name: Path) -> None:
    try:
        os.link(part, name)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(part, name)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


async def _restore_server(url: URL, source: Path, *, force: bool, kept: Path) -> Path | None:
    found = await revision_of(source)
    if found is None:
        raise InvalidOption(NO_COPY, source=source, reason="it has no revision")
    check_revision(found)
    engine = create_engine(url)
    try:
        await check_alone(engine)
        used = await _server_is_used(engine)
    finally:
        await engine.dispose()
    if used and not force:
        raise ConfigError(IN_USE, where=url.render_as_string(hide_password=True), source=source)
    if used:
        await backup(url, kept)
    await fill(url, source)
    async with opened(url) as engine:
        if problems := await check(engine):
            raise InvalidOption("{source} is damaged: {problems}", source=source, problems="; ".join(problems))
        await _end_sign_ins(engine)
    return kept if used else None


async def _end_sign_ins(engine: AsyncEngine) -> None:
    """Sign everybody out and withdraw links: those ended or used since the backup must not become valid again."""
    async with writing(engine) as connection:
        await connection.execute(delete(sign_ins))
        await connection.execute(delete(invitations))
        await connection.execute(delete(key_values).where(key_values.c.scope == RESETS))


async def _server_is_used(engine: AsyncEngine) -> bool:
    """Return whether the database has any content."""
    async with reading(engine) as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        for table in [each for each in metadata.sorted_tables if each.name in names]:
            if (await connection.execute(select(literal(1)).select_from(table).limit(1))).first() is not None:
                return True
    return False
