"""Checks of the GPU that a strategy names: whether it exists, supports what is asked, and can run Triton."""

import logging
import shutil
from importlib.util import find_spec

import torch

from bot.errors import ModelError

LOG = logging.getLogger(__name__)
MIN_BF16_CAPABILITY = (8, 0)  # compute capability of Ampere
MIN_TRITON_CAPABILITY = (7, 0)  # Volta
COMPILERS = ("cc", "gcc", "clang")


def check_device(strategy: str, number: int, *, bf16: bool) -> None:
    """Raise ``ModelError`` if device ``number`` is missing or lacks a required feature; allocates nothing."""
    if torch.version.cuda is None and torch.version.hip is None:
        raise ModelError(
            "The strategy is {strategy}, but torch {version} here was built without CUDA. Install a CUDA build of "
            "torch (pytorch.org), or use cpu bf16 or cpu int8.",
            strategy=strategy,
            version=torch.__version__,
        )
    if not torch.cuda.is_available():
        raise ModelError(
            "The strategy is {strategy}, but torch finds no CUDA device here: is the NVIDIA driver running "
            "(nvidia-smi)? Otherwise use cpu bf16 or cpu int8.",
            strategy=strategy,
        )
    if number >= torch.cuda.device_count():
        raise ModelError(
            "The strategy is {strategy}, but there are only {count} CUDA device(s), counted from cuda:0.",
            strategy=strategy,
            count=torch.cuda.device_count(),
        )
    capability = torch.cuda.get_device_capability(number)
    if bf16 and capability < MIN_BF16_CAPABILITY:
        raise ModelError(
            "The strategy is {strategy}, but {name} (compute capability {capability}) has no bf16, which needs 8.0. "
            "Use cuda fp16.",
            strategy=strategy,
            name=torch.cuda.get_device_name(number),
            capability=".".join(map(str, capability)),
        )


def triton_runs(number: int) -> bool:
    """Whether our kernels can be compiled for device ``number``; logs what is missing."""
    lack = ""
    if find_spec("triton") is None:
        lack = "Triton is not installed (pip install 'roost[cuda]')"
    elif torch.cuda.get_device_capability(number) < MIN_TRITON_CAPABILITY:
        lack = f"{torch.cuda.get_device_name(number)} is older than Triton supports"
    elif not any(map(shutil.which, COMPILERS)):
        lack = "Triton needs a C compiler (gcc or clang), and none is on the PATH"
    if lack:
        LOG.warning("The model runs on the GPU without kernels of its own, several times slower: %s.", lack)
    return not lack
