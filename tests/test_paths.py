"""The locations of bundled files and of the user's own."""

from pathlib import Path

import pytest
from platformdirs import user_data_path

from bot import paths
from bot.paths import data_file, find_file, own_folder

ROOT = Path(__file__).resolve().parents[1]


def test_in_a_checkout_files_lie_beside_the_package() -> None:
    assert data_file("prompts") == ROOT / "prompts"
    assert own_folder() == ROOT


def test_installed_they_lie_inside_it_and_data_in_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_in_checkout", lambda: False)
    assert data_file("prompts") == ROOT / "bot" / "_data" / "prompts"
    assert own_folder() == user_data_path("roost", appauthor=False)


def test_a_users_file_goes_before_a_bundled_one(tmp_path: Path) -> None:
    assert find_file("bot.toml", tmp_path) == ROOT / "bot.toml"
    (tmp_path / "bot.toml").touch()
    assert find_file("bot.toml", tmp_path) == tmp_path / "bot.toml"
    assert find_file("nowhere.txt", tmp_path) == tmp_path / "nowhere.txt"
    assert find_file(tmp_path / "x") == tmp_path / "x"
    assert find_file("~/x", tmp_path) == Path.home() / "x"
