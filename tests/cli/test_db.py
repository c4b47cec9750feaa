"""`roost db`."""

import sqlite3
from pathlib import Path

import pytest

from bot.__main__ import main

INSERT = "INSERT INTO states (fingerprint, digest, kind, nbytes, used, data) VALUES (?, ?, ?, ?, ?, ?)"


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
    assert main(["db", "vacuum", "--data", "d"]) == 0
    assert "MB freed" in capsys.readouterr().out
    assert main(["db", "prune", "--states", "--data", "d"]) == 0
    assert "deleted: 0 states, and expired words in 0 channels" in capsys.readouterr().out
    assert main(["db", "restore", "b.db", "--data", "e"]) == 0
    assert "ok: 0 channels" in capsys.readouterr().out
    assert main(["db", "restore", "nowhere.db", "--data", "e"]) == 1
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


def test_damaged_states_are_told_and_told_to_be_a_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade", "--data", "d"]) == 0
    assert main(["db", "check", "--data", "d"]) == 0
    path = tmp_path / "d" / "roost-states.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        for number in range(60):
            row = ("f", f"digest {number}", "turn", 3000, "2026-01-01", bytes(3000))
            connection.execute(INSERT, row)
    connection.close()
    data = bytearray(path.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xee" * 200
    path.write_bytes(data)
    capsys.readouterr()
    assert main(["db", "check", "--data", "d"]) == 1
    told = capsys.readouterr().out
    assert "kept states are damaged" in told
    assert "roost-states.db, it is a cache and nothing is lost" in told
    path.unlink()
    assert main(["db", "check", "--data", "d"]) == 0
