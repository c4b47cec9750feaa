"""Column types that both databases read back alike."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in an INTEGER PRIMARY KEY


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
