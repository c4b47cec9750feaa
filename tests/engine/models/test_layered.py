"""Layered strategies: the layers of each device, distributed as by the package, and the memory they need."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bot.engine.files import memory
from bot.engine.files.random_weights import random_weights
from bot.engine.models.layered import device_bytes, layers_of, parse_parts
from bot.engine.models.loading import load_model
from bot.engine.spec import SHAPES, make_spec
from bot.errors import ModelError

SHOW = "import sys; from rwkv.model import RWKV; [RWKV(sys.argv[1], s, verbose=True) for s in sys.argv[2:]]"
STRATEGIES = (
    "cpu fp32 *2 -> cpu bf16",
    "cpu fp32 *1 -> cpu fp32 *1 -> cpu bf16",
    "cpu fp32 -> cpu bf16",
    "cpu fp32 -> cpu bf16 *1 -> cpu fp32",
    "cpu fp32 *9 -> cpu bf16",
    "cpu fp32 *1 -> cpu bf16 *1",
    "cpu fp32 *1+",
    "cpu fp32 *1 -> cpu fp32 *1+",
)


def test_layers_are_shared_out_as_the_package_does(tmp_path: Path) -> None:
    weights = random_weights("4")
    torch.save(weights, tmp_path / "model.pth")
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    environment = os.environ | {"RWKV_V7_ON": "0", "RWKV_JIT_ON": "0"}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, str(tmp_path / "model"), *STRATEGIES],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    plans = re.split(r"Strategy: ", shown)[1:]
    assert len(plans) == len(STRATEGIES)
    for strategy, plan in zip(STRATEGIES, plans, strict=True):
        found = re.findall(r"store (\d+) layers(?:, stream (\d+) layers)?", plan)
        expected = [int(stored) + int(streamed or 0) for stored, streamed in found]
        assert layers_of(parse_parts(strategy), layers) == expected, strategy


def test_each_device_has_its_layers() -> None:
    """The published RWKV-6 of this shape has 1.6 billion parameters; embedding and head have 134 million each."""
    spec = make_spec("6", SHAPES["1.5b"])
    half = device_bytes(spec, "cuda:0 fp16 *12 -> cuda:1 fp16")
    assert sum(half.values()) == pytest.approx(3.2e9, rel=0.01)
    assert half["cpu"] == 2 * 65536 * 2048
    assert half["cuda:1"] == pytest.approx(half["cuda:0"] + half["cpu"], rel=0.001)
    eight = device_bytes(spec, "cuda fp16i8 *25")["cuda:0"]
    assert eight == pytest.approx((half["cuda:0"] + half["cuda:1"]) / 2, rel=0.03)
    assert device_bytes(spec, "cuda fp16 *12 -> cuda:0 fp16") == device_bytes(spec, "cuda:0 fp16 *25")
    streamed = device_bytes(spec, "cuda fp16 *4+")
    layer = half["cuda:0"] / 12
    assert 4 * layer < streamed["cuda:0"] < 5 * layer
    assert streamed["cpu"] > 20 * 0.95 * layer


def test_a_device_without_room_is_told_before_the_process_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    torch.save(random_weights("6"), tmp_path / "model.pth")
    monkeypatch.setattr(memory, "free_memory", lambda device: 500_000_000)
    with pytest.raises(ModelError, match=r"model\.pth needs about .* only 500 MB are free on cpu"):
        load_model(tmp_path / "model.pth", "cpu fp32 *1 -> cpu bf16")
