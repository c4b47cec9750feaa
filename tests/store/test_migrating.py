"""Migrations: on an empty database, on each older revision with rows, and equal to the program's tables."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from bot.chat.turn import TurnOptions
from bot.errors import ConfigError
from bot.store.backup import backup
from bot.store.connection import create_engine, database_url, dispose, reading, writing
from bot.store.integrity import check
from bot.store.migrating import alembic_config, migrate, opened
from bot.store.revisions import current_revision, newest_revision
from bot.store.store import Store, open_store
from bot.store.tables import cache_metadata, metadata
from tests.conversations import last, open_conversations
from tests.fakes import FakeEngine
from tests.store.trees import scramble

pytestmark = pytest.mark.usefixtures("real_databases")

# Rows of each revision, in that revision's schema. A new migration adds its own entry here.
ROWS = {
    "0001": [
        "INSERT INTO channels (id, platform, external_id, prompt, settings, branch, undone, created)"
        " VALUES (1, 'test', 'a', 'test', '{}', 'main', '[]', '2026-01-01 00:00:00')",
        "INSERT INTO nodes (id, channel_id, kind, author, input, output, input_tokens, output_tokens, sampling,"
        " created) VALUES (1, 1, 'root', 'test', 'hello', '', x'0a010000', x'', '{}', '2026-01-01 00:00:00')",
        "INSERT INTO nodes (id, channel_id, parent_id, kind, author, input, output, input_tokens, output_tokens,"
        " finish_reason, sampling, created)"
        " VALUES (2, 1, 1, 'chat', 'Ann', 'why', 'because', x'0c010000', x'0d010000', 'stop', '{\"seed\": 1}',"
        " '2026-01-01 00:00:01')",
        "UPDATE channels SET head_id = 2",
        "INSERT INTO bookmarks (id, channel_id, kind, name, node_id, created)"
        " VALUES (1, 1, 'save', 'here', 2, '2026-01-01 00:00:02')",
        "INSERT INTO messages (platform, channel, message_id, node_id) VALUES ('test', 'a', 'm1', 2)",
    ],
}
ROWS["0002"] = [
    *ROWS["0001"],
    "UPDATE nodes SET vocabulary = 'other', read = 'User: why Assistant:', written = ' because' WHERE id = 2",
]
ROWS["0003"] = [
    *ROWS["0002"],
    "INSERT INTO inbox (platform, channel, message_id, done, shown, created)"
    " VALUES ('test', 'a', 'm1', true, '[]', '2026-01-01 00:00:03')",
]
ROWS["0004"] = [
    *ROWS["0003"],
    "UPDATE nodes SET speaker = 'Owl', \"user\" = 'test:1' WHERE id = 2",
    "UPDATE channels SET pending_id = 2",
    "UPDATE messages SET said = true, words = 'why'",
    "UPDATE inbox SET node_id = 2, \"user\" = 'test:1', event = '{}'",
]
ROWS["0005"] = [
    *ROWS["0004"],
    'INSERT INTO cards (scope, name, title, nbytes, version, "user", created, data)'
    " VALUES ('test:g', 'mira', 'Mira', 1, 1, 'test:1', '2026-01-01 00:00:01', x'00')",
]
ROWS["0006"] = [*ROWS["0005"], "UPDATE nodes SET kind = 'line', scene = '{\"heard\": [\"Owl\"]}' WHERE id = 2"]
ROWS["0007"] = [
    *ROWS["0006"],
    "INSERT INTO answers (id, channel_id, node_id, kind, model, created, metadata, body, input)"
    " VALUES ('resp_1', 1, 2, 'response', 'm', '2026-01-01 00:00:01', '{}', '{}', '[]')",
]
ROWS["0008"] = [
    *ROWS["0007"],
    'INSERT INTO usage (day, channel_id, "user", turns, tokens_read, tokens_written, decode_seconds)'
    " VALUES ('2026-01-01', 1, 'test:1', 1, 7, 3, 0.5)",
]
ROWS["0009"] = [
    *ROWS["0008"],
    "INSERT INTO accounts (id, key, name, secret, visitor, created)"
    " VALUES (1, 'ann', 'Ann', 's', 'v', '2026-01-01 00:00:01')",
    "INSERT INTO sign_ins (id, account_id, browser, created, used)"
    " VALUES ('h', 1, 'Chrome', '2026-01-01 00:00:01', '2026-01-01 00:00:01')",
]
ROWS["0010"] = [
    *ROWS["0009"],
    "INSERT INTO rate_counts (name, counts, touched) VALUES ('user:test:1', '[[1, 2]]', 1.5)",
    "INSERT INTO rate_slots (name, process, answers, until) VALUES ('user:test:1', 'p', 1, 2.5)",
]
NAMES = [  # until 0003, as they were typed
    "INSERT INTO bookmarks (id, channel_id, kind, name, node_id, created)"
    " VALUES (2, 1, 'save', 'cafe\u0301', 2, '2026-01-01 00:00:01')",
    "INSERT INTO bookmarks (id, channel_id, kind, name, node_id, created)"
    " VALUES (3, 1, 'branch', 'caf\u00e9', 2, '2026-01-01 00:00:01'),"
    " (4, 1, 'branch', 'cafe\u0301', 1, '2026-01-01 00:00:01')",
]
STATES = [  # until 0003: by turn, and by a hash for prompts
    "INSERT INTO states (node_id, fingerprint, data, nbytes, used) VALUES (2, 'f', x'00', 1, '2026-01-01 00:00:01')",
    "INSERT INTO prompt_states (hash, data, nbytes, used) VALUES ('ab', x'00', 1, '2026-01-01 00:00:01')",
]
OLD = [*STATES, *NAMES]
REVISIONS = sorted(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    tables = MetaData()
    for part in (metadata,) if connection.dialect.name == "sqlite" else (metadata, cache_metadata):
        for table in part.tables.values():
            table.to_metadata(tables)
    return list(compare_metadata(context, tables))


def test_every_revision_has_rows_here() -> None:
    assert sorted(ROWS) == REVISIONS


async def test_a_blank_database_becomes_the_programs_tables(store_url: str, tmp_path: Path) -> None:
    async with opened(database_url(store_url, tmp_path)) as engine:
        assert await current_revision(engine) == newest_revision()
        async with reading(engine) as connection:
            assert await connection.run_sync(differences) == []
        assert await check(engine) == []
        await migrate(engine)  # again: nothing to do


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_older_database_keeps_its_rows(revision: str, store_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url(store_url, tmp_path))
    await migrate(engine, revision)
    async with writing(engine) as connection:
        for row in [*ROWS[revision], *(OLD if revision < "0004" else [])]:
            literal = row.replace("x'", "'\\x") if store_url else row
            await connection.execute(text(literal.replace(":", "\\:")))
        if store_url:  # rows with explicit ids do not advance PostgreSQL's sequences
            for table in ("channels", "nodes", "bookmarks"):
                await connection.execute(text(f"SELECT setval('{table}_id_seq', 10)"))  # our own names
    await dispose(engine)
    async with open_conversations(tmp_path, FakeEngine(), url=store_url) as conversations:
        talk = await conversations.open("test", "a")
        assert (talk.channel.head.input, talk.channel.head.output, talk.channel.head.sampling) == (
            "why",
            "because",
            {"seed": 1},
        )
        assert [mark.name for mark in await talk.channel.saves()] == ["here"] + ["café"] * (revision < "0004")
        assert await conversations.find_message("test", "a", "m1") == talk.channel.head.id
        assert (await last(talk.chat("go on", author="Ann", options=TurnOptions()))).text
        assert await check(conversations.core.store.engine) == []


@pytest.mark.parametrize("harm", ["none", "bad page"])
async def test_the_old_states_go_even_if_they_are_damaged(harm: str, tmp_path: Path) -> None:
    engine = create_engine(database_url("", tmp_path))
    await migrate(engine, "0003")
    async with writing(engine) as connection:
        for row in ROWS["0003"]:
            await connection.execute(text(row.replace(":", "\\:")))
        state = text("INSERT INTO states (node_id, fingerprint, data, nbytes, used) VALUES (2, 'f', :data, 1, :used)")
        await connection.execute(state, {"data": b"s" * 1_000_000, "used": "2026-01-01 00:00:00"})
    async with reading(engine) as connection:
        root = (await connection.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'states'"))).scalar_one()
        await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    await dispose(engine)
    if harm == "bad page":
        with (tmp_path / "roost.db").open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(b"\xa5" * 200)
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        assert (await last(talk.chat("go on", author="Ann", options=TurnOptions()))).text
        assert await check(conversations.core.store.engine) == []
    assert (tmp_path / "roost.db").stat().st_size < 500_000, "their room is given back"


async def test_the_old_file_is_kept_before_an_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(database_url("", tmp_path))
    await migrate(engine)
    monkeypatch.setattr("bot.store.migrating.newest_revision", lambda: "0999")  # as if a migration were new
    await migrate(engine)
    with sqlite3.connect(tmp_path / "roost-before-0999.db") as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_revision(),)]
    copy.close()
    await dispose(engine)


async def test_a_newer_database_is_refused(store_url: str, tmp_path: Path) -> None:
    url = database_url(store_url, tmp_path)
    async with opened(url) as engine, writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match=r"newer Roost \(revision 9999\)\. Update Roost"):
        async with opened(url):
            pass


async def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"roost\.db cannot be opened: Not a directory$"):
        async with opened(database_url("", tmp_path / "file" / "data")):
            pass


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "roost.db").write_bytes(b"this is not a database, by any measure" * 100)
    with pytest.raises(ConfigError, match=r"roost\.db cannot be opened: file is not a database"):
        async with opened(database_url("", tmp_path)):
            pass


async def test_a_backup_is_whole_while_others_write(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("one", author="Ann", options=TurnOptions()))
        copy = tmp_path / "copies" / "b.db"
        assert await backup(conversations.core.store.engine.url, copy) == copy.stat().st_size
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM nodes").fetchall() == [(2,)]
    connection.close()


def test_urls(tmp_path: Path) -> None:
    assert database_url("postgresql://u:p@h/d", tmp_path).drivername == "postgresql+asyncpg"
    assert database_url("sqlite:///x.db", tmp_path).drivername == "sqlite+aiosqlite"
    for bad in ("nonsense", "mysql://h/d"):
        with pytest.raises(ConfigError, match="store"):
            database_url(bad, tmp_path)


async def test_pragmas_are_on(tmp_path: Path) -> None:
    async with opened(database_url("", tmp_path)) as engine, reading(engine) as connection:
        for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2)):
            assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value


async def test_deleting_a_channel_leaves_nothing_behind(store_url: str, tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine(), url=store_url) as conversations:
        for name in ("a", "b"):
            talk = await conversations.open("test", name)
            await last(talk.chat("one", author="Ann", options=TurnOptions()))
            await talk.reset()
            await talk.channel.save("x")
            await conversations.remember_message("test", name, "m", talk.channel.head.id)
        store: Store = conversations.core.store
        await store.forget_channel(talk.channel.id)
        assert await store.channels.find("test", "b") is None
        assert await store.nodes.count() == 3
        assert await check(store.engine) == []


async def test_damage_that_cannot_even_be_named_is_told(tmp_path: Path) -> None:
    async with open_store("", tmp_path):
        pass
    scramble(tmp_path / "roost.db", "nodes")
    with pytest.raises(ConfigError, match=r"roost\.db cannot be opened: the file is damaged"):
        async with open_store("", tmp_path):
            pass
