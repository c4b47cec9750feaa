"""The day by which usage is counted: it ends at midnight UTC."""

from datetime import UTC, date, datetime


def today() -> date:
    return _now().date()


def _now() -> datetime:
    return datetime.now(UTC)
