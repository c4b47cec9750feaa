"""The device on which the GPU kernel tests run."""

import torch

from bot.engine.placement import Placement

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def place(precision: str = "fp32", activation: str = "fp32", state: str = "fp32", kernels: str = "triton") -> Placement:
    """A placement as a CUDA strategy would make it, on the test device."""
    return Placement(str(DEVICE), precision, activation, state, kernels)  # type: ignore[arg-type]  # one of the three
