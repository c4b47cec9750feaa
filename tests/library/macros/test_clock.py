"""Date and time macros."""

from datetime import UTC, datetime

import pytest

from bot.library.macros.clock import clock_macro

NOW = datetime(2026, 11, 27, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("time", "23:05"), ("date", "November 27, 2026"), ("weekday", "Friday"), ("isotime", "23:05"),
     ("isodate", "2026-11-27"), ("time_utc+9", "08:05"), ("time_utc-3", "20:05"), ("time_utc+15", None), ("x", None)],
)  # fmt: skip
def test_each(name: str, wanted: str | None) -> None:
    assert clock_macro(name, NOW) == wanted
