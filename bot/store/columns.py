"""Column types that read back the same from both databases."""

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite assigns row ids only to an INTEGER PRIMARY KEY


def to_json(value: object) -> str:
    """Return ``value`` as JSON. Most lists and tables that a message writes are empty, and need no encoder."""
    if value == [] or value == {}:
        return "[]" if isinstance(value, list) else "{}"
    return json.dumps(value)


class UtcTime(TypeDecorator[datetime]):
    """A timezone-aware time in UTC. SQLite itself does not store the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark as UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Tokens(TypeDecorator[tuple[int, ...]]):
    """Token ids, stored as four little-endian bytes each."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else struct.pack(f"<{len(value)}I", *value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[int, ...]:
        return struct.unpack(f"<{len(value) // 4}I", value) if value else ()
