"""A database failure is explained to the user, and logged once a minute."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from bot.store.database_errors import DAMAGED, FULL, LOCKED, READ_ONLY, ErrorReporter, StoreError, store_error


def failure(code: int) -> OperationalError:
    cause = sqlite3.OperationalError("it failed")
    cause.sqlite_errorcode = code
    return OperationalError("INSERT", {}, cause)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (sqlite3.SQLITE_FULL, FULL),
        (sqlite3.SQLITE_READONLY_DBMOVED, READ_ONLY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LOCKED),
        (sqlite3.SQLITE_CORRUPT_INDEX, DAMAGED),
    ],
)
def test_each_reason_has_its_sentence(code: int, message: str) -> None:
    found = store_error(failure(code))
    assert found is not None
    assert found.message == message
    assert found.is_damage == (message == DAMAGED)


def test_a_defect_of_ours_is_none() -> None:
    assert store_error(failure(sqlite3.SQLITE_CONSTRAINT)) is None


def test_the_log_is_told_once_a_minute(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.store.database_errors.time.monotonic", lambda: now)
    alarm = ErrorReporter()
    for _ in range(100):
        alarm.report(StoreError(FULL))
    alarm.report(StoreError(LOCKED))
    assert len(caplog.records) == 2
    now += 61
    alarm.report(StoreError(FULL))
    assert len(caplog.records) == 3
