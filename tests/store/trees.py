"""Small trees of turns in a real store, written without a model."""

import functools
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store.channels import Channel
from bot.store.messages import StoredMessage
from bot.store.node import Node, NodeKind
from bot.store.state_budget import Budget, SerializedState
from bot.store.store import Commit, Store


def turn(parent: int | None, number: int, kind: NodeKind = "chat", user: str = "test:1") -> Node:
    """Build turn ``number`` after ``parent``; its text and tokens are derived from the number."""
    return Node(
        id=0, channel=0, parent=parent, kind=kind, author="Ann", user=user, speaker="Owl", input=f"say {number}",
        output=f"said {number}", input_tokens=(10, number % 1000), output_tokens=(20, number % 1000),
        finish_reason="stop",
    )  # fmt: skip


ROOT = Node(id=0, channel=0, parent=None, kind="root", author="test", input="hello", input_tokens=(1, 2, 3))


async def new_channel(store: Store, name: str = "a") -> Channel:
    """Create a channel whose HEAD is its root."""
    return await store.channels.add("test", name, None, "test", [ROOT])


async def grow(store: Store, channel: Channel, turns: int, parent: int | None = None) -> list[Node]:
    """Add a chain of turns after ``parent`` (default: the channel's root), with HEAD on the last."""
    first = parent or channel.head
    nodes = [turn(first if place == 0 else -1, place) for place in range(turns)]
    return await store.commit(channel.id, Commit(nodes=nodes, head=turns - 1, user="test:1"))


def said(message: str, channel: str = "a") -> StoredMessage:
    return StoredMessage(platform="test", channel=channel, id=message)


def budget_of(store: Store, nbytes: int = 1 << 20, running: str = "m", turns: int = 2) -> Budget:
    return Budget(nbytes=nbytes, running=running, protect=functools.partial(store.nodes.near_heads, turns=turns))


def state(digest: str, nbytes: int = 10, fingerprint: str = "m") -> SerializedState:
    return SerializedState(fingerprint=fingerprint, digest=digest, data=b"s" * nbytes)


def scramble(path: Path, table: str) -> None:
    """Damage the database so that SQLite's error message quotes bytes that are not valid text."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        name = "UPDATE sqlite_master SET name = CAST(x'85fe' AS TEXT), sql = 'CREATE nonsense' WHERE name = ?"
        connection.execute(name, (table,))
