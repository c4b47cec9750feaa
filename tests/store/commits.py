"""Counting the transactions that are written to the disk."""

import pytest

from bot.store.sqlite_driver import DriverConnection


class Commits:
    """Counts an SQLite database's write transactions, without those of the file of states."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._real = DriverConnection.commit_in_thread
        count = self._counted
        monkeypatch.setattr(DriverConnection, "commit_in_thread", lambda driver: count(driver))

    async def _counted(self, driver: DriverConnection) -> None:
        (_, _, path) = driver.raw.execute("PRAGMA database_list").fetchone()
        self.count += path.endswith("roost.db")
        await self._real(driver)
