"""A new plugin works without changes."""

import tomllib
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.plugins.skeleton import write_skeleton
from bot.testing import talk


async def test_it_greets_and_counts(tmp_path: Path) -> None:
    place = write_skeleton(tmp_path, "ahoy_there")
    replies = await talk(place / "ahoy_there.py", "+ahoy_there", "+ahoy_there the moon")
    assert replies == ["Hello, everybody! (greeting number 1)", "Hello, the moon! (greeting number 2)"]
    project = tomllib.loads((place / "pyproject.toml").read_text())
    assert project["project"]["name"] == "roost-ahoy-there"
    assert project["project"]["entry-points"]["roost.plugins"] == {"ahoy_there": "ahoy_there"}
    compile((place / "test_ahoy_there.py").read_text(), "test", "exec")


@pytest.mark.parametrize("name", ["", "Ahoy", "a-b", "a b", "../a", "1a", "a" * 41, "class.x"])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="small letters"):
        write_skeleton(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "ahoy").mkdir()
    with pytest.raises(ConfigError, match="already"):
        write_skeleton(tmp_path, "ahoy")
    assert list((tmp_path / "ahoy").iterdir()) == []
