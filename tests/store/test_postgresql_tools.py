"""PostgreSQL's own programs."""

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from bot.errors import ConfigError
from bot.store.connection import database_url
from bot.store.postgresql_tools import MAGIC, ToolError, dump, libpq_settings, revision_of


def test_the_password_is_on_no_command_line() -> None:
    url = URL.create("postgresql+asyncpg", "ann", "secret", "db.example", 5433, "roost", {"ssl": "require"})
    assert libpq_settings(url) == {
        "PGHOST": "db.example", "PGPORT": "5433", "PGUSER": "ann", "PGPASSWORD": "secret", "PGDATABASE": "roost",
        "PGSSLMODE": "require",
    }  # fmt: skip
    socket = database_url("postgresql:///roost?host=/run/postgresql", Path())
    assert libpq_settings(socket) == {"PGHOST": "/run/postgresql", "PGDATABASE": "roost"}


async def test_a_machine_without_them_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="pg_dump is not installed here"):
        await dump(database_url("postgresql://u@h/d", tmp_path), tmp_path / "copy.dump")


@pytest.mark.postgresql
async def test_a_server_that_is_not_there_leaves_no_file(tmp_path: Path, postgresql_url: str) -> None:
    missing = database_url(postgresql_url, tmp_path).set(database="nowhere")
    with pytest.raises(ToolError, match="nowhere"):
        await dump(missing, tmp_path / "copy.dump")
    assert not (tmp_path / "copy.dump").exists()
    assert not (tmp_path / "copy.dump.part").exists()
    (tmp_path / "other.dump").write_bytes(MAGIC + b"and nothing more")
    with pytest.raises(ToolError, match="pg_restore has failed"):
        await revision_of(tmp_path / "other.dump")
