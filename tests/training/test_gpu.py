"""The training that is meant for a CUDA device, tiny and on the CPU."""

import json
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from training import gpu
from training.model import shape_of
from training.tokens import Tokens

TINY = ["--width", "64", "--layers", "2", "--batch", "1536", "--tokens", "3072", "--seconds", "0"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    ids = np.random.default_rng(0).integers(1, 500, 4000, dtype=np.uint16)
    Tokens(ids, np.full(4000, 10, np.uint8), np.arange(0, 4001, 100)).save(tmp_path / "gpu_data" / "part31.npz")
    return tmp_path


def _train(run: Path, *more: str) -> int:
    return gpu.main(["--run", str(run), *TINY, "--form", "chunked", "--at-once", "768", *more])


def _weights(out: Path) -> dict[str, torch.Tensor]:
    whole = out / "demo.pth"
    whole.write_bytes(b"".join(path.read_bytes() for path in sorted(out.glob("demo.pth.??"))))
    weights: dict[str, torch.Tensor] = torch.load(whole, weights_only=True)
    return weights


def test_weights_and_log_come_out_in_parts_and_a_second_run_begins_with_them(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "PART", 300_000)
    assert _train(run) == 0
    out = run / "out"
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert lines[-2]["tokens"] == 3072
    assert lines[-1]["parts"] == len(list(out.glob("demo.pth.??"))) > 2
    first = _weights(out)
    assert shape_of(first).width == 64
    assert first["head.weight"].data_ptr() == first["emb.weight"].data_ptr(), "stored once"
    again = run / "again"
    (again / "gpu_data").mkdir(parents=True)
    (run / "gpu_data" / "part31.npz").rename(again / "gpu_data" / "part31.npz")
    assert _train(again, "--begin-from", str(out / "demo.pth")) == 0
    moved = _weights(again / "out")["emb.weight"].float() - first["emb.weight"].float()
    assert 0 < moved.abs().max() < 0.1, "a few steps at a rising rate"


def test_the_same_seed_and_tokens_give_the_same_weights(run: Path) -> None:
    assert _train(run, "--out", str(run / "one")) == 0
    (run / "gpu" / "checkpoint.pt").unlink()
    assert _train(run, "--out", str(run / "two")) == 0
    one, two = _weights(run / "one"), _weights(run / "two")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_finished_run_gives_its_weights_again(run: Path) -> None:
    assert _train(run, "--out", str(run / "one")) == 0
    assert _train(run, "--out", str(run / "two")) == 0
    one, two = _weights(run / "one"), _weights(run / "two")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_without_token_files_it_says_how_to_build_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--run", str(tmp_path)]) == 2
    assert "python -m training data --gpu" in capsys.readouterr().err


class _Process:
    """A process that ends with the next of some statuses."""

    def __init__(self, statuses: list[int], started: list[Sequence[str]], command: Sequence[str]) -> None:
        started.append(command)
        self._status = statuses.pop(0)

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def wait(self) -> int:
        return self._status


@pytest.mark.parametrize(
    ("statuses", "checked", "forms", "ended"),
    [([0], "kernel", ["kernel"], 0), ([-9, 1, 0], "kernel", ["kernel", "chunked", "chunked"], 0),
     ([0], "chunked", ["chunked"], 0), ([1] * 9, "kernel", ["kernel", *["chunked"] * 3], 1)],
)  # fmt: skip
def test_a_failed_training_goes_on_in_the_plain_form_with_less_at_once(
    run: Path, monkeypatch: pytest.MonkeyPatch, statuses: list[int], checked: str, forms: list[str], ended: int
) -> None:
    started: list[Sequence[str]] = []
    monkeypatch.setattr(gpu, "usable_form", lambda: checked)
    monkeypatch.setattr(subprocess, "Popen", lambda command: _Process(statuses, started, command))
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    assert gpu.main(["--run", str(run), "--seconds", "600"]) == ended
    assert [command[command.index("--form") + 1] for command in started] == forms
    at_once = [int(command[command.index("--at-once") + 1]) for command in started]
    assert at_once == [gpu.PLAN.batch >> attempt for attempt in range(len(forms))]
    last = [float(command[len(command) - 1 - list(reversed(command)).index("--seconds") + 1]) for command in started]
    assert all(0 < seconds <= 600 for seconds in last)


def test_a_stop_while_the_kernel_is_checked_starts_no_training(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Sequence[str]] = []
    handlers: list[Callable[[int, None], None]] = []

    def checked() -> str:
        handlers[0](signal.SIGTERM, None)
        return "kernel"

    monkeypatch.setattr(gpu, "usable_form", checked)
    monkeypatch.setattr(subprocess, "Popen", lambda command: _Process([0], started, command))
    monkeypatch.setattr(signal, "signal", lambda number, handler: handlers.append(handler))
    assert gpu.main(["--run", str(run), "--seconds", "600"]) == 1
    assert not started
