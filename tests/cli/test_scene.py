"""`roost scene` from the command line."""

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.library.scenes.scene_folder import load_scene
from bot.paths import data_file
from tests.library.scenes.test_drama_files import LOG
from tests.library.scenes.test_scene_file import SOURCE


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "mine" / "well.toml"
    path.parent.mkdir()
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_show_tells_cast_and_lines(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scene", "show", str(scene)]) == 0
    out = capsys.readouterr().out
    assert "The well (mine, en)" in out
    assert "Ann: Look." in out


def test_check_names_what_is_wrong(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scene", "check", str(scene)]) == 0
    (scene.parent / "bad.toml").write_text("name = 1", encoding="utf-8")
    assert main(["scene", "check", str(scene.parent.parent)]) == 1
    assert "mine/bad: " in capsys.readouterr().out
    assert main(["scene", "check", str(scene.parent / "bad.toml")]) == 1


def test_the_bundled_scenes_are_right() -> None:
    assert main(["scene", "check", str(data_file("prompts") / "scenes")]) == 0


@pytest.mark.parametrize("form", ["drama", "toml", "markdown", "html", "epub", "text"])
def test_export_in_every_form(scene: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = scene.parent / f"out.{form}"
    assert main(["scene", "export", str(scene), "--to", form, "--out", str(out)]) == 0
    assert out.stat().st_size > 0
    assert main(["scene", "export", str(scene), "--to", form, "--out", str(out)]) != 0
    assert "is there already" in capsys.readouterr().err


def test_dramas_log_is_exported_byte_for_byte(tmp_path: Path) -> None:
    path, out = tmp_path / "20260101-0000_Log.json", tmp_path / "out.json"
    path.write_bytes(json.dumps(LOG, ensure_ascii=False, indent=2).encode())
    assert main(["scene", "export", str(path), "--to", "drama", "--out", str(out)]) == 0
    assert out.read_bytes() == path.read_bytes()
    assert main(["scene", "export", str(path), "--to", "toml", "--out", str(tmp_path / "s.toml")]) == 0
    assert load_scene(tmp_path / "s.toml", "x/s").cast[0].name == "甲"
