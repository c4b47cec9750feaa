"""The tables. A test keeps them equal to what the migrations build."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite itself keeps none of the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Tokens(TypeDecorator[tuple[int, ...]]):
    """Token ids, four little-endian bytes each."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> bytes | None:
        """To bytes."""
        return None if value is None else struct.pack(f"<{len(value)}I", *value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[int, ...]:
        """From bytes."""
        return struct.unpack(f"<{len(value) // 4}I", value) if value else ()


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in an INTEGER PRIMARY KEY

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

channels = Table(
    "channels",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("guild", String(255)),
    Column("prompt", String(128), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("head_id", BigId, ForeignKey("nodes.id", use_alter=True)),
    Column("draft_id", BigId, ForeignKey("nodes.id", use_alter=True)),  # the HEAD of free writing
    Column("branch", String(128), nullable=False),
    Column("undone", JSON, nullable=False),  # node ids that redo goes back to, the next one last
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("platform", "external_id"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", BigId, ForeignKey("nodes.id")),
    Column("previous_id", BigId, ForeignKey("nodes.id")),
    Column("kind", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("input_tokens", Tokens, nullable=False),
    Column("output_tokens", Tokens, nullable=False),
    Column("finish_reason", String(16)),
    Column("sampling", JSON, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("vocabulary", String(64), nullable=False, server_default=""),  # whose tokens; empty: nobody wrote it down
    Column("read", Text, nullable=False, server_default=""),  # the exact text of input_tokens
    Column("written", Text, nullable=False, server_default=""),  # the exact text of output_tokens
    Index(None, "channel_id"),
    Index(None, "parent_id"),
)

# The model's state before the last token of a node's path. A cache: every row may go at any time.
states = Table(
    "states",
    metadata,
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", String(255), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("nbytes", BigInteger, nullable=False),
    Column("used", UtcTime, nullable=False),
    Index(None, "used"),
)

# The same for the start of a prompt, shared by all channels.
prompt_states = Table(
    "prompt_states",
    metadata,
    Column("hash", String(64), primary_key=True),  # of fingerprint and tokens
    Column("data", LargeBinary, nullable=False),
    Column("nbytes", BigInteger, nullable=False),
    Column("used", UtcTime, nullable=False),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE"), nullable=False),
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("channel_id", "kind", "name"),
    Index(None, "node_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE"), nullable=False),
    Index(None, "node_id"),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Date, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("user", String(255), primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("tokens_read", BigInteger, nullable=False),
    Column("tokens_written", BigInteger, nullable=False),
)

key_values = Table(
    "key_values",
    metadata,
    Column("scope", String(255), primary_key=True),  # "user:discord:1", "plugin:dice", "limits", ...
    Column("key", String(255), primary_key=True),
    Column("value", JSON, nullable=False),
)

# What was said to the bot and is not answered for certain yet, and for some days what was: nothing is answered twice.
inbox = Table(
    "inbox",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("guild", String(255)),
    Column("done", Boolean, nullable=False),
    Column("shown", JSON, nullable=False),  # ids of the messages that show the answer so far
    Column("reply", JSON),  # the answer, once it is finished
    Column("created", UtcTime, nullable=False),
    Index(None, "created"),
)
