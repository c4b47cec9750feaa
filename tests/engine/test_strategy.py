"""Strategy strings, as users of the `rwkv` package write them."""

import pytest
import torch

from bot.engine.strategy import parse_strategy
from bot.errors import ModelError


@pytest.mark.parametrize(
    ("text", "device", "precision", "activation"),
    [
        ("cpu fp32", "cpu", "fp32", "fp32"),
        ("  CPU   bf16 ", "cpu", "bf16", "fp32"),
        ("cpu int8", "cpu", "int8", "fp32"),
        ("cpu fp32i8", "cpu", "int8", "fp32"),
        ("cpu bf16i8", "cpu", "int8", "fp32"),
        ("cpu", "cpu", "bf16", "fp32"),
        ("cuda", "cuda", "fp16", "fp16"),
        ("cuda fp16", "cuda", "fp16", "fp16"),
        ("cuda fp16i8", "cuda", "int8", "fp16"),
        ("cuda int8", "cuda", "int8", "fp16"),
        ("cuda:1 bf16", "cuda:1", "bf16", "bf16"),
        ("cuda:0 fp32", "cuda:0", "fp32", "fp32"),
    ],
)
def test_what_is_understood(text: str, device: str, precision: str, activation: str) -> None:
    strategy = parse_strategy(text)
    assert (strategy.device, strategy.precision, strategy.activation) == (device, precision, activation)
    assert not strategy.layered


@pytest.mark.parametrize(
    "text", ["cuda:0 fp16 *11 -> cuda:1 fp16", "cuda fp16 *10+", "cpu fp32 *2->cpu bf16", "mps fp32"]
)
def test_layered_ones_go_to_the_package(text: str) -> None:
    assert parse_strategy(text).layered


@pytest.mark.parametrize(
    "text",
    ["", "gpu fp16", "cuda fp8", "fp16", "cuda:x fp16", "cuda fp16 ->", "cuda fp16 cuda fp16", "cpu; rm", "cpu fp16"],
)
def test_others_are_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ModelError, match="cpu bf16"):
        parse_strategy(text)


def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="no CUDA device"):
        parse_strategy("cuda fp16").placement()
    with pytest.raises(ModelError, match="no CUDA device"):
        parse_strategy("cuda fp16 *2 -> cpu fp32").check_devices()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ModelError, match="only 1 CUDA"):
        parse_strategy("cuda:1 fp16").placement()
    assert parse_strategy("cuda fp16").placement().state == torch.float16
    assert parse_strategy("cuda bf16").placement().state == torch.float32  # never bf16
