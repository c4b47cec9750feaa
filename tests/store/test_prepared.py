"""Statements that are given to the driver directly."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Select, Table, bindparam, create_engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import UpdateBase

from bot.store.bookmarks import MOVE_TIP
from bot.store.channels import BY_NAME, BY_NUMBER, CHANGE, CHANGE_AFTER
from bot.store.inbox import CHANGE as CHANGE_ITEM
from bot.store.inbox import DONE
from bot.store.key_values import VALUE
from bot.store.messages import MESSAGE
from bot.store.nodes import INSERT_ONE, NODE, PATH, _siblings
from bot.store.prepared import KEPT, prepare
from bot.store.statements import _new, _replacing
from bot.store.tables import bookmarks, channels, inbox, key_values, messages, metadata, nodes, usage

WHEN = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)
SAME = {"channel": 7, "parent": 1, "input": "Hi", "author": "me", "created": WHEN}
ASKED: list[tuple[Select[tuple[object, ...]], dict[str, object]]] = [
    (BY_NAME, {"platform": "web", "external_id": "here"}),
    (BY_NAME, {"platform": "web", "external_id": "elsewhere"}),
    (BY_NUMBER, {"channel": 7}),
    (VALUE, {"scope": "a", "key": "b"}),
    (MESSAGE, {"platform": "web", "channel": "here", "id": "m"}),
    (NODE, {"node": 2}),
    (PATH, {"node": 2, "turns": 5}),
    (_siblings(("chat", False, True)), SAME),
    (_siblings(("root", False, True)), SAME),
]
ITEM = {"in_platform": "web", "in_channel": "here", "in_id": "m"}
TURN: dict[str, object] = {
    "channel_id": 7, "parent_id": 2, "previous_id": None, "kind": "chat", "author": "me", "user": "web:me",
    "speaker": "", "input": "It's 5?\n", "output": "Yes 🦉", "input_tokens": (1, 70000), "output_tokens": (),
    "finish_reason": None, "sampling": {"top_p": 0.5}, "created": WHEN, "vocabulary": "v", "read": "", "written": "",
    "digest": "d", "scene": {},
}  # fmt: skip
SHOWN = {"platform": "web", "channel": "here", "message_id": "m", "node_id": 1, "said": False, "words": ""}
TODAY = {"day": WHEN.date(), "channel_id": 7, "user": "me", "turns": 2, "tokens_read": 1 << 40, "tokens_written": 0}
TAKEN = {"platform": "web", "channel": "here", "message_id": "m", "done": False, "shown": [], "created": WHEN}
# with the table that each changes
WRITTEN: list[tuple[Table, UpdateBase, dict[str, object]]] = [
    (nodes, INSERT_ONE, TURN),
    (channels, CHANGE, {"channel": 7, "head_id": 2, "settings": {"a": None}, "undone": []}),
    (channels, CHANGE, {"channel": 8, "head_id": 2}),
    (channels, CHANGE_AFTER, {"channel": 7, "after": 1, "head_id": 2, "undone": [3]}),
    (channels, CHANGE_AFTER, {"channel": 7, "after": 2, "head_id": None}),
    (bookmarks, MOVE_TIP, {"channel": 7, "node_id": 2}),
    (inbox, CHANGE_ITEM, ITEM | {"node_id": 2}),
    (inbox, CHANGE_ITEM, ITEM | {"reply": {"text": "Hi"}, "shown": ["a"]}),
    (inbox, CHANGE_ITEM, ITEM | {"reply": None}),
    (inbox, DONE, ITEM | {"shown": ["a", "b"]}),
    (inbox, _new("sqlite", inbox), TAKEN),
    (inbox, _new("sqlite", inbox), TAKEN | {"message_id": "new", "event": {"text": "Hi"}, "guild": None}),
    (messages, _replacing("sqlite", messages, tuple(SHOWN), ("platform", "channel", "message_id"), ()), SHOWN),
    (usage, _replacing("sqlite", usage, tuple(TODAY), ("day", "channel_id", "user"), ("turns", "tokens_read")), TODAY),
]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    turn = {"kind": "chat", "author": "me", "input": "Hi", "output": "Hello", "created": WHEN, "channel_id": 7}
    turn |= {"input_tokens": (), "output_tokens": (1, 70000), "sampling": {"top_p": 0.5}}
    channel = {"id": 7, "platform": "web", "external_id": "here", "prompt": "p", "branch": "main", "undone": [1]}
    message = {"platform": "web", "channel": "here", "message_id": "m", "node_id": 2, "said": True}
    item = TAKEN | {"event": {"text": "Hi"}, "reply": {"text": "Hello"}}
    tip = {"channel_id": 7, "kind": "branch", "name": "main", "node_id": 1, "created": WHEN}
    used = {"day": WHEN.date(), "channel_id": 7, "user": "me", "turns": 1, "tokens_read": 3, "tokens_written": 4}
    with engine.begin() as made:
        made.execute(insert(channels), channel | {"settings": {"a": [1, None]}, "created": WHEN})
        made.execute(insert(nodes), turn | {"id": 1, "kind": "root"})
        made.execute(insert(nodes), turn | {"id": 2, "parent_id": 1, "finish_reason": "stop"})
        made.execute(insert(key_values), {"scope": "a", "key": "b", "value": {"language": "ja"}})
        made.execute(update(channels).values(head_id=1))
        for table, row in ((messages, message), (inbox, item), (bookmarks, tip), (usage, used)):
            made.execute(insert(table), row)
        yield made
    engine.dispose()


@pytest.mark.parametrize(("query", "values"), ASKED)
def test_rows_are_those_of_sqlalchemy(
    connection: Connection, query: Select[tuple[object, ...]], values: dict[str, object]
) -> None:
    raw = connection.connection.dbapi_connection
    found = prepare(query, connection.dialect).run(raw, values)  # type: ignore[arg-type]  # the driver's own
    expected = connection.execute(query, values).all()
    assert [row._mapping for row in found] == [row._mapping for row in expected]
    assert [tuple(map(type, row)) for row in found] == [tuple(map(type, row)) for row in expected]


def written(connection: Connection, table: Table, write: Callable[[], tuple[int, list[object]]]) -> list[object]:
    """Return what ``write`` returns and leaves in ``table``, and undo it."""
    with connection.begin_nested() as savepoint:
        count, rows = write()
        left = [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        savepoint.rollback()
    return [count, rows, left]


@pytest.mark.parametrize(("table", "statement", "values"), WRITTEN)
def test_what_is_written_is_what_sqlalchemy_writes(
    connection: Connection, table: Table, statement: UpdateBase, values: dict[str, object]
) -> None:
    raw = connection.connection.dbapi_connection

    def ours() -> tuple[int, list[object]]:
        done = prepare(statement, connection.dialect, tuple(values)).write(raw, values)  # type: ignore[arg-type]
        return done.count, [row._mapping for row in done.rows]

    def theirs() -> tuple[int, list[object]]:
        result = connection.execute(statement, values)
        rows = result.all() if result.returns_rows else []
        return result.rowcount, [row._mapping for row in rows]

    assert written(connection, table, ours) == written(connection, table, theirs)


def test_errors_are_those_of_sqlalchemy(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    values = TURN | {"kind": None}
    with pytest.raises(IntegrityError, match="NOT NULL constraint failed") as raised:
        prepare(INSERT_ONE, connection.dialect, tuple(values)).write(raw, values)  # type: ignore[arg-type]
    assert isinstance(raised.value.orig, sqlite3.IntegrityError)


def test_a_query_is_compiled_once_and_not_all_are_kept(connection: Connection) -> None:
    prepare.cache_clear()
    assert prepare(NODE, connection.dialect) is prepare(NODE, connection.dialect)
    for number in range(KEPT + 5):
        prepare(select(nodes).where(nodes.c.id == bindparam(f"node{number}")), connection.dialect)
    assert prepare.cache_info().currsize == KEPT
