"""Queries that are asked of the driver directly."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Select, bindparam, create_engine, insert, select

from bot.store.channels import BY_NAME, BY_NUMBER
from bot.store.key_values import VALUE
from bot.store.messages import MESSAGE
from bot.store.nodes import NODE, PATH, _siblings
from bot.store.prepared import KEPT, prepare
from bot.store.tables import channels, key_values, messages, metadata, nodes

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


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    turn = {"kind": "chat", "author": "me", "input": "Hi", "output": "Hello", "created": WHEN, "channel_id": 7}
    turn |= {"input_tokens": (), "output_tokens": (1, 70000), "sampling": {"top_p": 0.5}}
    channel = {"id": 7, "platform": "web", "external_id": "here", "prompt": "p", "branch": "main", "undone": [1]}
    message = {"platform": "web", "channel": "here", "message_id": "m", "node_id": 2, "said": True}
    with engine.begin() as made:
        made.execute(insert(channels), channel | {"settings": {"a": [1, None]}, "created": WHEN})
        made.execute(insert(nodes), turn | {"id": 1, "kind": "root"})
        made.execute(insert(nodes), turn | {"id": 2, "parent_id": 1, "finish_reason": "stop"})
        made.execute(insert(key_values), {"scope": "a", "key": "b", "value": {"language": "ja"}})
        made.execute(insert(messages), message)
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


def test_a_query_is_compiled_once_and_not_all_are_kept(connection: Connection) -> None:
    prepare.cache_clear()
    assert prepare(NODE, connection.dialect) is prepare(NODE, connection.dialect)
    for number in range(KEPT + 5):
        prepare(select(nodes).where(nodes.c.id == bindparam(f"node{number}")), connection.dialect)
    assert prepare.cache_info().currsize == KEPT
