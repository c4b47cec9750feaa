"""The index of a folder's cards."""

from pathlib import Path

import pytest

from bot.library.characters.character_index import IndexedCard, load_index, save_index

FILES = {"a.png": IndexedCard((1, 2), "Mira", "V3", ("sea",), "", 1), "b.png": IndexedCard((3, 4), problem="broken")}


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "index.json"
    save_index(path, FILES)
    assert load_index(path) == FILES
    assert [item.name for item in path.parent.iterdir()] == ["index.json"]


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"version": 0, "files": {}}', '{"version": 1, "files": 3}',
                                  '{"version": 1, "files": {"a": {"stamp": [1, 2], "strange": 1}}}'])  # fmt: skip
def test_a_damaged_index_is_no_index(tmp_path: Path, text: str) -> None:
    path = tmp_path / "index.json"
    path.write_text(text)
    assert load_index(path) == {}
    assert load_index(tmp_path / "none.json") == {}
