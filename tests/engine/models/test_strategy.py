"""Strategy strings in the notation of the `rwkv` package."""

import logging

import pytest
import torch

from bot.engine.cuda import device
from bot.engine.models.strategy import parse_strategy
from bot.errors import ModelError


@pytest.mark.parametrize(
    ("text", "device", "precision", "activation"),
    [
        ("cpu fp32", "cpu", "fp32", "fp32"),
        ("  CPU   bf16 ", "cpu", "bf16", "fp32"),
        ("cpu int8", "cpu", "int8", "fp32"),
        ("cpu w8a8", "cpu", "w8a8", "fp32"),
        ("cpu fp16", "cpu", "fp16", "fp32"),
        ("cpu fp16i8", "cpu", "int8", "fp32"),
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
    [
        "",
        "gpu fp16",
        "cuda fp8",
        "cuda w8a8",
        "cpu w8a8i8",
        "fp16",
        "cuda:x fp16",
        "cuda fp16 ->",
        "cuda fp16 cuda fp16",
        "cpu; rm",
    ],
)
def test_others_are_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ModelError, match="cpu bf16"):
        parse_strategy(text)


class Gpus:
    """Replaces torch's report of this machine's GPUs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *capabilities: tuple[int, int]) -> None:
        self.capabilities = capabilities
        monkeypatch.setattr(torch.version, "cuda", "12.8")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda number: capabilities[number])
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")


def one_line(text: str) -> str:
    with pytest.raises(ModelError) as caught:
        parse_strategy(text).placement()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_torch_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    assert "built without CUDA" in one_line("cuda fp16")


def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    Gpus(monkeypatch)
    assert "no CUDA device" in one_line("cuda fp16")
    with pytest.raises(ModelError, match="no CUDA device"):
        parse_strategy("cuda fp16 *2 -> cpu fp32").check_devices()
    Gpus(monkeypatch, (9, 0))
    assert "only 1 CUDA device(s), counted from cuda:0" in one_line("cuda:1 fp16")
    parse_strategy("cuda:0 fp16").placement()


@pytest.mark.parametrize("text", ["cuda:1 bf16", "cuda:1 bf16i8"])
def test_bf16_needs_ampere(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Gpus(monkeypatch, (8, 0), (7, 5))
    assert "GPU 1 (compute capability 7.5) has no bf16" in one_line(text)
    parse_strategy(text.replace(":1", ":0")).placement()
    parse_strategy("cuda:1 fp16").placement()
    parse_strategy("cuda:1 fp16 *2 -> cpu bf16").check_devices()


def test_who_computes_and_how_states_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    Gpus(monkeypatch, (9, 0), (6, 1))
    for text, state, expected in (
        ("cuda fp16", "", "fp16"),
        ("cuda fp16", "fp32", "fp32"),
        ("cuda fp16i8", "", "fp16"),
        ("cuda bf16", "", "fp32"),  # never bf16
        ("cuda bf16", "fp16", "fp16"),
        ("cpu bf16", "fp16", "fp32"),
        ("cpu fp16", "", "fp32"),
    ):
        place = parse_strategy(text).placement(state)
        assert place.state == expected
        assert place.kernels == ("triton" if "cuda" in text else "numba")
        assert parse_strategy(text).planned(state) == place
    assert parse_strategy("cuda:1 fp16").placement().kernels == "torch"  # Pascal


def test_where_the_numbers_would_go_is_known_without_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    Gpus(monkeypatch)
    place = parse_strategy("cuda:1 fp16i8").planned()
    assert (str(place.device), place.precision, place.state) == ("cuda:1", "int8", "fp16")


@pytest.mark.parametrize(("lacking", "line"), [("triton", "Triton is not installed"), ("cc", "needs a C compiler")])
def test_without_triton_plain_torch_computes_and_says_so(
    lacking: str, line: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Gpus(monkeypatch, (9, 0))
    if lacking == "triton":
        monkeypatch.setattr(device, "find_spec", lambda name: None)
    else:
        monkeypatch.setattr(device, "COMPILERS", ("no-such-compiler",))
    with caplog.at_level(logging.WARNING):
        assert parse_strategy("cuda fp16").placement().kernels == "torch"
    assert line in caplog.text
