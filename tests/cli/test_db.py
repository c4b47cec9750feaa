"""`roost db`."""

import sqlite3
from pathlib import Path

import pytest

from bot.__main__ import main


def test_the_database_is_upgraded_checked_and_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "check", "--data", "d"]) == 1
    assert main(["db", "backup", "b.db", "--data", "d"]) == 1
    assert "There is no database yet" in capsys.readouterr().err
    assert main(["db", "upgrade", "--data", "d"]) == 0
    assert "(was blank)" in capsys.readouterr().out
    assert main(["db", "upgrade", "--data", "d"]) == 0
    assert main(["db", "check", "--data", "d"]) == 0
    assert "ok: 0 channels, 0 turns" in capsys.readouterr().out
    assert main(["db", "backup", "b.db", "--data", "d"]) == 0
    assert main(["db", "backup", "b.db", "--data", "d"]) == 1, "a backup overwrites nothing"
    with sqlite3.connect(tmp_path / "b.db") as copy:
        assert copy.execute("SELECT count(*) FROM channels").fetchone() == (0,)
    copy.close()


def test_damage_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade", "--data", "d"]) == 0
    with sqlite3.connect(tmp_path / "d" / "roost.db") as connection:
        connection.execute("INSERT INTO messages (platform, channel, message_id, node_id) VALUES ('p', 'c', 'm', 99)")
    connection.close()
    assert main(["db", "check", "--data", "d"]) == 1
    assert "broken reference in messages" in capsys.readouterr().out
