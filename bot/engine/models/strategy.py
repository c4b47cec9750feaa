"""Strategy strings: which device computes, and in which precision; in the notation of the `rwkv` package."""

import re
from dataclasses import dataclass, replace

from bot.engine.kernels.compiling import why_not
from bot.engine.placement import Placement
from bot.errors import ModelError

PATTERN = re.compile(r"(cpu|cuda(?::\d+)?)(?: (fp32|bf16|fp16|int8))?(i8)?|(cpu) (w8a8)")
DEVICE = re.compile(r"cuda(?::(\d+))?")
LAYERED = re.compile(r"(?:(?:cuda(?::\d+)?|cpu|mps|dml) (?:fp16|fp32|bf16)(?:i8|i4|i3)?(?: \*\d+\+?)?(?: *-> *)?)+")


@dataclass(frozen=True, slots=True)
class Strategy:
    """A parsed strategy. Layered ones, which name several devices, run through the `rwkv` package."""

    text: str
    device: str = "cpu"
    precision: str = "fp32"  # of the matrices: fp32, bf16, fp16, int8, w8a8
    activation: str = "fp32"
    layered: bool = False

    def check_devices(self) -> None:
        """Raise ``ModelError`` if a CUDA device that the strategy names is missing or lacks what it needs."""
        for part in self.text.split("->"):
            if device := DEVICE.search(part):
                from bot.engine.cuda.device import check_device

                check_device(self.text, int(device[1] or 0), bf16="bf16" in part)

    def placement(self, state: str = "") -> Placement:
        """Return the devices and types of a model's numbers; raises ``ModelError`` if the device is not available.

        ``state`` is the precision of the recurrent state on CUDA, fp32 or fp16. "" means that of the activations, but
        never bf16, which is too coarse for the state.
        """
        self.check_devices()
        if device := DEVICE.search(self.device):
            from bot.engine.cuda.device import triton_runs

            if not triton_runs(int(device[1] or 0)):
                return replace(self.planned(state), kernels="torch")
        return self.planned(state)

    def planned(self, state: str = "") -> Placement:
        """Like :meth:`placement`, assuming that the device is available: for estimating memory."""
        if self.device == "cpu":
            return Placement("cpu", self.precision, self.activation, "fp32", "torch" if why_not() else "numba")
        kept = "fp16" if (state or self.activation) == "fp16" else "fp32"
        return Placement(self.device, self.precision, self.activation, kept, "triton")


def parse_strategy(text: str) -> Strategy:
    """Parse a strategy such as ``cpu fp32``, ``cuda fp16i8``, ``cuda:1 bf16`` or ``cuda fp16 *8 -> cpu fp32``.

    Raises ``ModelError`` that shows valid strategies.
    """
    clean = " ".join(text.strip().lower().split())
    match = PATTERN.fullmatch(clean)
    if match is None:
        if LAYERED.fullmatch(clean) and not clean.endswith(">"):
            return Strategy(clean, layered=True)
        raise ModelError(
            "The strategy {strategy} is not understood. Write a device and a precision: cpu fp32, cpu bf16, cpu int8, "
            "cpu w8a8, cuda fp16, cuda bf16, cuda fp16i8, cuda:1 fp16.",
            strategy=repr(text),
        )
    if match[5]:
        return Strategy(clean, match[4], match[5])
    device, precision, quantised = match[1], match[2], bool(match[3])
    cuda = device.startswith("cuda")
    if precision is None:
        precision = "fp16" if cuda else "bf16"
    if precision == "int8":
        precision, quantised = ("fp16" if cuda else "fp32"), True
    activation = precision if cuda else "fp32"  # on the CPU only the matrices have a narrow type
    return Strategy(clean, device, "int8" if quantised else precision, activation)
