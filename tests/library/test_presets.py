"""Presets: files with validated numbers; presets named after a program use its numbers."""

import threading
from pathlib import Path

import pytest

from bot.chat.turn import sampling_params
from bot.commands.writing import FREE_TOKENS
from bot.engine.serving.request_checks import check_sampling
from bot.errors import InvalidOption, NotFound
from bot.library.presets import Presets, read_preset

ROOT = Path(__file__).resolve().parents[2] / "prompts"

# The programs' own numbers. RWKV role playing's presence penalty divides, as the repetition penalty here does.
PROGRAMS: dict[str, dict[str, object]] = {
    "chatrwkv": {
        "temperature": 1.2, "top_p": 0.5, "presence_penalty": 0.4, "frequency_penalty": 0.4, "penalty_decay": 0.996,
        "newline_schedule": True, "no_repeat_punctuation": True,
    },
    "rwkv-role-playing": {
        "temperature": 1.0, "min_p": 0.05, "mirostat_mode": 2, "mirostat_tau": 5.0, "mirostat_eta": 0.1,
        "mirostat_decay": 0.01,
        "repetition_penalty": 1.2, "no_repeat_punctuation": True,
    },
    "rwkv-role-playing-2023": {
        "temperature": 1.8, "top_p": 0.6, "presence_penalty": 0.2, "frequency_penalty": 0.2,
    },
    "rwkv-drama": {
        "temperature": 2.0, "top_p": 0.7, "presence_penalty": 0.5, "frequency_penalty": 0.5, "max_tokens": 999,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_programs_preset_holds_its_numbers(name: str) -> None:
    assert dict(Presets([ROOT]).get(name).sampling) == PROGRAMS[name]
    assert FREE_TOKENS == 256, "as in ChatRWKV"


def test_all_presets_are_right() -> None:
    presets = Presets([ROOT])
    assert {"chat", "creative", "precise", "role-play", *PROGRAMS} == set(presets.names())
    for name in presets.names():
        check_sampling(sampling_params(presets.get(name).sampling))
    with pytest.raises(NotFound, match="Did you mean"):
        presets.get("chatrwk")


@pytest.mark.parametrize("text", ["[sampling]\ntop_p = 7", "x = 1", "title = 3", "[sampling]\nmirostat = 1", "\x00"])
def test_wrong_files_are_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text)
    with pytest.raises((ValueError, InvalidOption)):
        read_preset(file)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xef\xbb\xbf[sampling]\ntop_p = 0.5\n")
    assert read_preset(file).sampling == {"top_p": 0.5}


def test_reloading_never_leaves_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    for number in range(100):
        (folder / f"p{number}.toml").write_text("[sampling]\ntop_p = 0.5\n")
    presets = Presets([tmp_path])
    thread = threading.Thread(target=lambda: [presets.reload() for _ in range(5)])
    thread.start()
    while thread.is_alive():
        assert presets.sampling("p0") == {"top_p": 0.5}
        assert presets.sampling("p99") == {"top_p": 0.5}
    thread.join()
    (folder / "p0.toml").write_text("[sampling]\ntop_p = 7\n")
    assert presets.reload()
    assert presets.sampling("p0") == {"top_p": 0.5}, "the old version stays in use"
