"""What `roost doctor` reports about backups, metrics, privacy, processes and compiled kernels."""

import os
import socket
import time
from pathlib import Path

import pytest

from bot.cli.operation_checks import (
    check_backups,
    check_kernels,
    check_metrics,
    check_operations,
    check_privacy,
    check_processes,
)
from bot.config.schema import Config


def config(folder: Path, **sections: dict[str, object]) -> Config:
    return Config.model_validate({**sections, "base": folder})


def test_backups_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none in the data folder" in str(check_backups(config(tmp_path)).text)
    copy = tmp_path / "data" / "backups" / "roost-1.db"
    copy.parent.mkdir(parents=True)
    copy.touch()
    assert check_backups(config(tmp_path)).mark == "ok"
    then = time.time() - 30 * 86400
    os.utime(copy, (then, then))
    found = check_backups(config(tmp_path))
    assert found.mark == "note"
    assert "30 days old" in str(found.text)
    server = config(tmp_path, store={"url": "postgresql://u@h/d"})
    monkeypatch.setenv("PATH", str(tmp_path))
    found = check_backups(server)
    assert found.mark == "note"
    assert "pg_dump, pg_restore, psql not installed" in str(found.text)
    for name in ("pg_dump", "pg_restore", "psql"):
        (tmp_path / name).touch(mode=0o755)
    assert check_backups(server).mark == "ok"


def test_how_long_words_are_kept_is_told(tmp_path: Path) -> None:
    assert "kept until deleted; conversations of servers that remove the bot are kept" in str(
        check_privacy(config(tmp_path)).text
    )
    text = str(check_privacy(config(tmp_path, privacy={"keep_days": 30.0, "delete_left": True})).text)
    assert "for 30 days" in text
    assert "deleted 7 days later" in text


def test_the_metrics_port(tmp_path: Path) -> None:
    assert "switched off" in str(check_metrics(config(tmp_path)).text)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = check_metrics(config(tmp_path, metrics={"enabled": True, "port": port}))
        assert found.mark == "note"
        assert "cannot be bound" in str(found.text)
    assert check_metrics(config(tmp_path, metrics={"enabled": True, "port": 0})).mark == "ok"
    found = check_metrics(config(tmp_path, metrics={"enabled": True, "host": "0.0.0.0", "port": 0}))  # noqa: S104
    assert "no password" in str(found.text)


def test_a_place_for_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "not" / "yet"))
    assert check_kernels().mark == "ok"
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = check_kernels()
    assert found.mark == "note"
    assert "set NUMBA_CACHE_DIR" in str(found.text)


def test_all_of_them_are_asked(tmp_path: Path) -> None:
    starts = [str(finding.text).partition(":")[0] for finding in check_operations(config(tmp_path))]
    assert starts == ["backups", "privacy", "metrics", "processes", "kernels"]


@pytest.mark.parametrize(
    ("sections", "mark", "text"),
    [
        ({}, "ok", "one, which"),
        ({"store": {"url": "postgresql://u@h/d"}}, "ok", "counted in the database"),
        ({"store": {"url": "postgresql://u@h/d"}, "discord": {"shard_count": 4}}, "note", "takes all shards"),
        ({"discord": {"shard_count": 4, "claim_shards": True}}, "ok", "shards: claimed"),
        ({"discord": {"shard_count": 4, "shard_ids": [0, 1]}}, "ok", "shards: 2 of 4"),
    ],
)
def test_what_processes_share(sections: dict[str, dict[str, object]], mark: str, text: str, tmp_path: Path) -> None:
    found = check_processes(config(tmp_path, **sections))
    assert found.mark == mark
    assert text in str(found.text)
