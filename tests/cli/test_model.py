"""`roost model`."""

import re
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch

from bot.__main__ import main
from bot.engine.files import download
from bot.engine.files.download import OFFICIAL
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import open_model
from tests.engine.hub import Hub, running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    path = tmp_path_factory.mktemp("hub") / "model.pth"
    torch.save(random_weights("7"), path)
    name = "rwkv7-g1d-0.1b-20260129-ctx8192.pth"
    with running({OFFICIAL: {name: path.read_bytes()}}) as hub:
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield hub


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["model", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_random_info_convert_list(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "models").mkdir()
    code, text = run(capsys, "random", "--version", "6", "--shape", "tiny", "--out", "models/six.pth")
    assert code == 0
    assert "RWKV-6 tiny" in text
    code, text = run(capsys, "info", "models/six.pth", "--rows", "4")
    assert code == 0
    assert "3 layers of 128" in text
    assert "of memory with 4 rows" in text
    assert "of GPU memory with 4 rows" in text  # whether or not there is a GPU
    assert "stored as bf16" in text
    assert "vocabulary of 320 tokens" in text  # and the line that no tokenizer fits
    code, text = run(capsys, "convert", "models/six.pth", "--to", "int8", "--out", "models/six8.safetensors")
    assert code == 0
    assert open_model(here / "models/six8.safetensors").precision == "int8"
    (here / "models" / "broken.pth").write_bytes(b"PK\x03\x04 cut")
    code, text = run(capsys, "list")
    assert code == 0
    lines = text.splitlines()
    assert lines[0].endswith(" cuda fp16i8")
    assert all(line.count(" MB") == 7 for line in lines if line.startswith("models/")), "the file and six strategies"
    assert [line.split()[0] for line in lines if line.startswith("models/")] == [
        "models/six.pth",
        "models/six8.safetensors",
    ]
    assert any(line.startswith("not usable: models/broken.pth is cut short") for line in lines)
    assert "int8" in text


def test_wrong_words_get_one_line(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    torch.save(random_weights("7"), here / "seven.pth")
    (here / "folder.pth").mkdir()
    for arguments, words in [
        (("info", "absent.pth"), "no model file absent.pth"),
        (("info", "seven.pth", "--rows", "0"), "at least 1"),
        (("convert", "seven.pth", "--to", "bf16", "--out", "seven.pth"), "exists already"),
        (("convert", "seven.pth", "--to", "bf16", "--out", "seven.pth", "--force"), "another file"),
        (("convert", "seven.pth", "--to", "bf16", "--out", "eight.pth"), "end in .safetensors"),
        (("convert", "seven.pth", "--to", "bf16", "--out", "no/where.safetensors"), "no folder no"),
        (("random", "--version", "9", "--out", "x.pth"), "5.2, 6, 7, 7a"),
        (("random", "--shape", "1b", "--out", "x.pth"), "0.1b"),
        (("random", "--shape", "tiny", "--out", "x.bin"), "must end in .pth"),
        (("random", "--shape", "tiny", "--out", "folder.pth"), "folder.pth is a folder"),
        (("random", "--shape", "tiny", "--out", "folder.pth", "--force"), "folder.pth is a folder"),
        (("random", "--shape", "tiny", "--out", "x.pth", "--seed", "-1"), "--seed must be between 0 and"),
        (("random", "--shape", "tiny", "--out", "x.pth", "--seed", "9" * 30), "--seed must be between 0 and"),
        (("convert", "folder.pth", "--to", "bf16", "--out", "x.safetensors"), "folder.pth is a folder"),
        (("list", "--folder", "nowhere"), "no folder nowhere"),
        (("pull", "huge"), "neither a size"),
    ]:
        code, text = run(capsys, *arguments)
        assert code == 1, arguments
        assert words in text
        assert text.count("\n") == 1, text


def test_capital_letters_are_no_other_shape(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    code, text = run(capsys, "random", "--version", "7A", "--shape", "Tiny", "--out", "x.pth")
    assert (code, "RWKV-7a tiny" in text) == (0, True)


def test_a_pull_that_is_interrupted_says_that_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "download", interrupted)
    code, text = run(capsys, "pull", "0.1b")
    assert (code, "the same command continues from there" in text) == (130, True)


def test_a_terminal_shows_how_far_a_pull_is(
    capsys: pytest.CaptureFixture[str], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, for the progress bar
    _, text = run(capsys, "pull", "0.1b")
    assert re.search(r"(\d\.\d)/\1 MB", text)


def test_pull(capsys: pytest.CaptureFixture[str], here: Path, hub: Hub) -> None:
    code, text = run(capsys, "pull", "0.1b")
    assert code == 0
    path = here / "models" / "rwkv7-g1d-0.1b-20260129-ctx8192.pth"
    assert open_model(path).spec.version == "7"
    assert f'path = "{path}"' in text, "the whole path: bot.toml may lie in another folder"
    assert any(method == "GET" and "/resolve/" in name for method, name, _ in hub.requests)
