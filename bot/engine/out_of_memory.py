"""Detect and report that a GPU has run out of memory. Also works if torch was never imported."""

import sys

from bot.errors import ModelError


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch has run out of a device's memory."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(error, torch.OutOfMemoryError)


def out_of_memory(what: str, device: str) -> ModelError:
    """Return the error to report, after releasing unused cached memory."""
    import torch

    cuda = device.startswith("cuda")
    if cuda:
        torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info(device) if cuda else (0, 0)
    return ModelError(
        "{device} is out of memory: {what} did not fit ({free} of {total} MB are free). Use fewer rows ([engine] "
        "rows), cuda fp16i8, or a smaller model; other programs may use this GPU too (nvidia-smi).",
        device=device,
        what=what,
        free=free >> 20,
        total=total >> 20,
    )
