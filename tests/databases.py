"""SQLite databases of tests: migrated once, then copied, and without waiting for the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import connection, migrating
from bot.store.connection import PRAGMAS, create_engine, database_url, dispose, sqlite_path
from bot.store.migrating import migrate

UNSYNCED = tuple(pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in PRAGMAS)


class Template:
    """A blank database at the newest revision; migrating one takes ten times as long as copying it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._content = b""

    async def migrate(self, engine: AsyncEngine, revision: str = "head", *, copied: bool = False) -> None:
        """Stand in for ``migrate``: a file that does not exist yet is copied."""
        path = sqlite_path(engine.url)
        if path is not None and revision == "head" and not path.exists():
            self._content = self._content or await self._made()
            path.write_bytes(self._content)
        await migrate(engine, revision, copied=copied)

    async def _made(self) -> bytes:
        engine = create_engine(database_url("", self._folder))
        await migrate(engine)
        await dispose(engine)
        return (self._folder / "roost.db").read_bytes()


@pytest.fixture(scope="session", autouse=True)
def copied_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrating, "migrate", Template(tmp_path_factory.mktemp("template")).migrate)
        patch.setattr(connection, "PRAGMAS", UNSYNCED)
        yield


@pytest.fixture
def real_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate and write to the disk as the program does."""
    monkeypatch.setattr(migrating, "migrate", migrate)
    monkeypatch.setattr(connection, "PRAGMAS", PRAGMAS)
