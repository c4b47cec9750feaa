"""Finding plugins, and which of them are disabled."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.plugins.discovery import AvailablePlugin, PluginSwitches, all_disabled, find_plugins, load_module


def names(folder: Path) -> list[str]:
    return [found.name for found in find_plugins(folder) if found.path is not None]


def test_files_and_folders_of_one_name_and_nothing_else(tmp_path: Path) -> None:
    for name in ("dice.py", "test_dice.py", "_hidden.py", "Notes.py", "readme.txt", "two words.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "weather").mkdir()
    (tmp_path / "weather" / "weather.py").write_text("")
    (tmp_path / "empty").mkdir()
    assert names(tmp_path) == ["dice", "weather"]
    assert names(tmp_path / "none") == []


def test_a_module_is_loaded_and_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("NUMBER = 7\n")
    (tmp_path / "bad.py").write_text("raise RuntimeError('no')\n")
    (good,) = [found for found in find_plugins(tmp_path) if found.name == "good"]
    assert load_module(good).NUMBER == 7
    (bad,) = [found for found in find_plugins(tmp_path) if found.name == "bad"]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            load_module(bad)
    with pytest.raises(ImportError, match="neither"):
        load_module(AvailablePlugin("lost", "nowhere"))


def test_switches_are_kept(tmp_path: Path) -> None:
    switches = PluginSwitches(tmp_path / "data")
    assert switches.disabled() == []
    switches.set_disabled(["b", "a", "b"])
    assert PluginSwitches(tmp_path / "data").disabled() == ["a", "b"]
    assert all_disabled(["c"], tmp_path / "data") == ["c", "a", "b"]


@pytest.mark.parametrize("damage", ["", "[]", '{"disabled": 7}', "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    (tmp_path / "plugins.json").write_text(damage)
    with pytest.raises(ConfigError, match=r"plugins\.json cannot be read"):
        PluginSwitches(tmp_path).disabled()
