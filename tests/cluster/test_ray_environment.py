"""Ray's ports are guarded by a token that only this user can read."""

import os
from pathlib import Path

import pytest

from bot.cluster.ray_environment import MODE, PATIENT, TOKEN_PATH, prepare, prepare_new, token_file


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MODE, TOKEN_PATH, *PATIENT):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)


def test_a_token_of_its_own_for_each_start(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert MODE not in os.environ
    prepare_new(tmp_path / "data")
    path = token_file(tmp_path / "data")
    first = path.read_text(encoding="ascii")
    assert (os.environ[MODE], os.environ[TOKEN_PATH]) == ("token", str(path))
    assert path.stat().st_mode & 0o077 == 0 or os.name == "nt"
    del os.environ[MODE]
    prepare_new(tmp_path / "data")
    assert path.read_text(encoding="ascii") != first


def test_settings_of_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODE, "disabled")
    prepare_new(tmp_path)
    prepare(tmp_path)
    assert os.environ[MODE] == "disabled"
    assert not token_file(tmp_path).exists()
