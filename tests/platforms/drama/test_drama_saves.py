from datetime import datetime
from pathlib import Path

import pytest

from bot.errors import InvalidOption
from bot.platforms.drama import drama_saves as module
from bot.platforms.drama.drama_saves import DramaSaves, part

BEGAN = datetime(2023, 7, 22, 22, 15)  # as it is formatted


@pytest.mark.parametrize(
    "name", ["../../etc", "..", "", "a/b\\c", "/x", "CON", "nul.txt", "x" * 500, ".hidden", "a\0b", "🦊" * 90, ". ."]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "Save"
    DramaSaves(folder).write_scenario(name, name, b"{}")
    assert DramaSaves(folder).scenario(name, name) == b"{}"
    (written,) = tmp_path.rglob("场景剧本.json")
    assert written.parent.parent.parent == folder
    assert part(name).strip(". ")
    assert DramaSaves(folder).picture(name, name, name) is None


def test_a_log_is_named_after_its_beginning_and_written_again(tmp_path: Path) -> None:
    saves = DramaSaves(tmp_path)
    saves.write_log("猫娘", "开端", BEGAN, b"one")
    saves.write_log("猫娘", "开端", BEGAN, b"two")
    assert (tmp_path / "猫娘" / "开端" / "20230722-2215_Log.json").read_bytes() == b"two"
    assert saves.scenario("猫娘", "开端") == b""


def test_scenes_and_logs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SCENES", 2)
    monkeypatch.setattr(module, "MAX_LOGS", 2)
    saves = DramaSaves(tmp_path)
    for number in range(2):
        saves.write_scenario("a", str(number), b"{}")
        saves.write_log("a", "0", BEGAN.replace(minute=number), b"{}")
    with pytest.raises(InvalidOption, match="2 scenes"):
        saves.write_scenario("b", "3", b"{}")
    saves.write_scenario("a", "1", b"{ }")
    with pytest.raises(InvalidOption, match="2 logs"):
        saves.write_log("a", "0", BEGAN.replace(minute=9), b"{}")
    saves.write_log("a", "0", BEGAN.replace(minute=1), b"{ }")
