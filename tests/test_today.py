"""The day by which usage is counted."""

from datetime import UTC, datetime

import pytest

from bot.today import today


def test_it_is_the_day_in_greenwich(monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.fromisoformat("2026-03-01T23:59:59-01:00")
    monkeypatch.setattr("bot.today._now", lambda: late.astimezone(UTC))
    assert str(today()) == "2026-03-02"
