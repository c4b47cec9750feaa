"""Strategy strings: which device computes, in which precision; written as users of the `rwkv` package know them."""

import re
from dataclasses import dataclass

import torch

from bot.engine.network import Placement
from bot.errors import ModelError

PATTERN = re.compile(r"(cpu|cuda(?::\d+)?)(?: (fp32|bf16|fp16|int8))?(i8)?")
DEVICE = re.compile(r"cuda(?::(\d+))?")
LAYERED = re.compile(r"(?:(?:cuda(?::\d+)?|cpu|mps|dml) (?:fp16|fp32|bf16)(?:i8|i4|i3)?(?: \*\d+\+?)?(?: *-> *)?)+")


@dataclass(frozen=True, slots=True)
class Strategy:
    """A parsed strategy. ``layered`` ones, which name several devices, run through the `rwkv` package."""

    text: str
    device: str = "cpu"
    precision: str = "fp32"  # of the matrices: fp32, bf16, fp16, int8
    activation: str = "fp32"
    layered: bool = False

    def check_devices(self) -> None:
        """Raise ``ModelError`` when a CUDA device that the strategy names is not there."""
        for number in DEVICE.findall(self.text):
            if not torch.cuda.is_available():
                raise ModelError(
                    "The strategy is {strategy}, but torch finds no CUDA device here. Use cpu bf16 or cpu int8.",
                    strategy=self.text,
                )
            if int(number or 0) >= torch.cuda.device_count():
                raise ModelError(
                    "The strategy is {strategy}, but there are only {count} CUDA device(s), counted from cuda:0.",
                    strategy=self.text,
                    count=torch.cuda.device_count(),
                )

    def placement(self) -> Placement:
        """Where the numbers go; raises ``ModelError`` when the device is not there."""
        self.check_devices()
        device = torch.device(self.device)
        dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
        activation = dtypes[self.activation]
        state = torch.float16 if activation == torch.float16 else torch.float32  # never bf16: it loses what it holds
        return Placement(device, self.precision, activation, state)


def parse_strategy(text: str) -> Strategy:
    """Read a strategy such as ``cpu fp32``, ``cuda fp16i8``, ``cuda:1 bf16`` or ``cuda fp16 *8 -> cpu fp32``.

    Raises ``ModelError`` that says what would be right.
    """
    clean = " ".join(text.strip().lower().split())
    match = PATTERN.fullmatch(clean)
    if match is None:
        if LAYERED.fullmatch(clean) and not clean.endswith(">"):
            return Strategy(clean, layered=True)
        raise ModelError(
            "The strategy {strategy} is not understood. Write a device and a precision: cpu fp32, cpu bf16, cpu int8, "
            "cuda fp16, cuda bf16, cuda fp16i8, cuda:1 fp16.",
            strategy=repr(text),
        )
    device, precision, quantised = match[1], match[2], bool(match[3])
    cuda = device.startswith("cuda")
    if precision is None:
        precision = "fp16" if cuda else "bf16"
    if precision == "int8":
        precision, quantised = ("fp16" if cuda else "fp32"), True
    if not cuda and precision == "fp16":
        raise ModelError(
            "fp16 is for CUDA: this strategy, {strategy}, runs on the CPU. Use cpu bf16 (half the memory of fp32), "
            "cpu int8 (a quarter) or cpu fp32. Weight files in fp16 are converted.",
            strategy=repr(text),
        )
    activation = precision if cuda else "fp32"  # on the CPU only the matrices are narrow
    return Strategy(clean, device, "int8" if quantised else precision, activation)
