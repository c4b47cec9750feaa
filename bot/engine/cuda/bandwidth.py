"""How fast the GPU reads its memory: the upper bound for one step of a model."""

import time

import torch

NUMBERS = 1 << 28  # 1 GB of float32: larger than any cache
PASSES = 20


def synchronize(device: object) -> None:
    """Wait until the device has finished its queued work; a CPU always has."""
    if (name := str(device)).startswith("cuda"):
        torch.cuda.synchronize(name)


def device_bandwidth(device: str, numbers: int = NUMBERS) -> float:
    """Return the bytes per second that the device reads, the best of several sums over ``numbers`` float32."""
    data = torch.ones(numbers, device=device)
    best = float("inf")
    for _ in range(PASSES):
        synchronize(device)
        start = time.perf_counter()
        data.sum()
        synchronize(device)
        best = min(best, time.perf_counter() - start)
    return data.nbytes / best
