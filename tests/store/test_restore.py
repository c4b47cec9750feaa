"""Restoring a backup: HEAD is where it was, and nothing is lost."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.accounts.password_resets import PasswordResets
from bot.chat.turn import TurnOptions
from bot.errors import Busy, ConfigError, InvalidOption, NotFound
from bot.store import restore as restoring
from bot.store.account_tables import Account
from bot.store.backup import backup
from bot.store.connection import create_engine, database_url, dispose, writing
from bot.store.migrating import migrate, opened
from bot.store.postgresql_tools import ToolError
from bot.store.restore import restore
from bot.store.store import open_store
from tests.conversations import last, open_conversations
from tests.fakes import FakeEngine
from tests.store.test_migrating import ROWS

ANN = TurnOptions(user="test:1")


def source_of(url: str, folder: Path) -> Path:
    return folder / ("copy.dump" if url else "copy.db")


async def talked(url: str, folder: Path, *words: str) -> None:
    async with open_conversations(folder, FakeEngine(), url=url) as conversations:
        talk = await conversations.open("test", "a")
        for each in words:
            await last(talk.chat(each, author="Ann", options=ANN))


async def said(url: str, folder: Path) -> list[str]:
    async with open_conversations(folder, FakeEngine(), url=url) as conversations:
        talk = await conversations.open("test", "a")
        return [turn.input for turn in await talk.channel.history()][1:]


async def test_the_talk_stands_where_it_stood(store_url: str, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", source_of(store_url, tmp_path)
    url = database_url(store_url, data)
    async with open_conversations(data, FakeEngine(), url=store_url) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("one", author="Ann", options=ANN))
        await backup(url, copy)
        await last(talk.chat("two", author="Ann", options=ANN))
        with pytest.raises(Busy, match="Stop"):
            await restore(url, copy, force=True, aside=data)
    with pytest.raises(ConfigError, match="--force"):
        await restore(url, copy, aside=data)
    kept = await restore(url, copy, force=True, aside=data)
    assert await said(store_url, data) == ["one"]
    await talked(store_url, data, "three")
    assert await said(store_url, data) == ["one", "three"]
    assert kept is not None
    await restore(url, kept, force=True, aside=data)
    assert await said(store_url, data) == ["one", "two"], "what was there before is a backup too"


async def test_a_blank_place_is_filled_without_force(store_url: str, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", source_of(store_url, tmp_path)
    await talked(store_url, data, "one")
    url = database_url(store_url, data)
    await backup(url, copy)
    if store_url:
        engine = create_engine(url)
        async with writing(engine) as connection:
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                await connection.execute(text(statement))
        await dispose(engine)
    else:
        data = tmp_path / "elsewhere"
    assert await restore(database_url(store_url, data), copy, aside=data) is None
    assert await said(store_url, data) == ["one"]
    if not store_url:
        async with opened(database_url("", tmp_path / "blank")):  # has tables, but no rows
            pass
        assert await restore(database_url("", tmp_path / "blank"), copy, aside=data) is None


async def test_settings_and_accounts_are_content_too(store_url: str, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", source_of(store_url, tmp_path)
    async with open_store(store_url, data) as store:
        await store.values.set("limits", "test:1", {"turns": 5})
    url = database_url(store_url, data)
    await backup(url, copy)
    with pytest.raises(ConfigError, match="--force"):
        await restore(url, copy, aside=data)
    assert await restore(url, copy, force=True, aside=data) is not None


async def test_nobody_is_signed_in_after_a_restore(store_url: str, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", source_of(store_url, tmp_path)
    async with open_store(store_url, data) as store:
        for name in ("used", "open"):
            await store.invitations.add(name, "", timedelta(days=1))
        ann = await store.accounts.add(Account(key="ann", name="Ann", secret="s", visitor="v"), "used")
        await store.sign_ins.add("stolen", ann.id, "Chrome")
        code = await PasswordResets(store.values).make(ann)
    url = database_url(store_url, data)
    await backup(url, copy)
    async with open_store(store_url, data) as store:
        await store.sign_ins.end(ann.id)
        assert await PasswordResets(store.values).use(code, ann)
    await restore(url, copy, force=True, aside=data)
    async with open_store(store_url, data) as store:
        assert await store.accounts.find("ann") is not None
        assert await store.sign_ins.find("stolen") is None, "it was ended after the backup"
        assert not await store.invitations.holds("open")
        assert not await PasswordResets(store.values).holds(code, ann), "it was used after the backup"


async def test_an_older_copy_is_brought_up_to_date(tmp_path: Path) -> None:
    old = create_engine(database_url("", tmp_path / "old"))
    (tmp_path / "old").mkdir()
    await migrate(old, "0003")
    async with writing(old) as connection:
        for row in ROWS["0003"]:
            await connection.execute(text(row.replace(":", "\\:")))
    await dispose(old)
    data = tmp_path / "data"
    await restore(database_url("", data), tmp_path / "old" / "roost.db", aside=data)
    assert await said("", data) == ["why"]
    assert sorted(path.name for path in data.glob("*.db")) == ["roost-states.db", "roost.db"], "nothing half is left"


async def test_states_go_with_the_words_or_come_with_the_copy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = database_url("", data)
    await talked("", data, "one")
    await backup(url, tmp_path / "words.db")
    await backup(url, tmp_path / "all.db", states=True)
    await restore(url, tmp_path / "words.db", force=True, aside=data)
    async with open_store("", data) as store:
        assert await store.states.nbytes() == 0
    await restore(url, tmp_path / "all.db", force=True, aside=data)
    async with open_store("", data) as store:
        assert await store.states.nbytes() > 0


def rubbish(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xee" * 20_000)


def another_programs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name)")
        connection.commit()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()


def a_servers(path: Path) -> None:
    path.write_bytes(b"PGDMP and more")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (rubbish, InvalidOption, "not a copy"), (another_programs, InvalidOption, "no revision"),
        (newer, ConfigError, "newer Roost"), (a_servers, InvalidOption, "SQLite"),
        (lambda path: None, NotFound, "no file"),
    ],
)  # fmt: skip
async def test_what_is_no_backup_changes_nothing(
    make: Callable[[Path], None], error: type[Exception], words: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    await talked("", data, "one")
    make(tmp_path / "copy.db")
    with pytest.raises(error, match=words):
        await restore(database_url("", data), tmp_path / "copy.db", force=True, aside=data)
    assert await said("", data) == ["one"]
    assert sorted(path.name for path in data.glob("*.db")) == ["roost-states.db", "roost.db"]


async def test_a_copy_whose_turns_are_damaged_is_not_taken(tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = database_url("", data)
    await talked("", data, "one")
    await backup(url, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute("UPDATE nodes SET output_tokens = input_tokens WHERE kind != 'root'")
        connection.commit()
    with pytest.raises(InvalidOption, match="not those that were written"):
        await restore(url, tmp_path / "copy.db", force=True, aside=data)
    assert await said("", data) == ["one"]


async def test_a_damaged_database_is_kept_and_replaced(tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = database_url("", data)
    await talked("", data, "one")
    await backup(url, tmp_path / "copy.db")
    (data / "roost.db").write_bytes(b"no database at all" * 1000)
    (data / "roost.db-wal").write_bytes(b"a log that must not be read into the new file")
    kept = await restore(url, tmp_path / "copy.db", force=True, aside=data)
    assert await said("", data) == ["one"]
    assert kept is not None
    assert kept.read_bytes().startswith(b"no database")


@pytest.mark.parametrize("step", ["copy_sqlite", "migrate", "check", "_close_log", "_link", "file_parts"])
async def test_whatever_stops_it_the_old_talk_stands(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    url = database_url("", data)
    await talked("", data, "one")
    await backup(url, tmp_path / "copy.db")
    await talked("", data, "two")

    def die(*_: object, **__: object) -> Awaitable[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, step, die)
    with pytest.raises(KeyboardInterrupt):
        await restore(url, tmp_path / "copy.db", force=True, aside=data)
    assert await said("", data) == ["one", "two"]


@pytest.mark.postgresql
async def test_a_restore_that_fails_leaves_the_server_as_it_was(postgresql_url: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = database_url(postgresql_url, data)
    await talked(postgresql_url, data, "one")
    copy = tmp_path / "copy.dump"
    await backup(url, copy)
    await talked(postgresql_url, data, "two")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(ToolError, match=r"pg_restore|psql"):
        await restore(url, copy, force=True, aside=data)
    assert await said(postgresql_url, data) == ["one", "two"]
    copy.write_bytes(b"SQLite format 3\0")
    with pytest.raises(InvalidOption, match="pg_dump"):
        await restore(url, copy, force=True, aside=data)
