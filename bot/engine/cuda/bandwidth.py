"""How fast the GPU reads its memory: what one step of a model there can at best be measured against."""

import time

import torch

NUMBERS = 1 << 28  # 1 GB of float32: larger than any cache
PASSES = 20


def synchronize(device: object) -> None:
    """Wait until the device has done what it was told; a CPU has."""
    if (name := str(device)).startswith("cuda"):
        torch.cuda.synchronize(name)


def device_bandwidth(device: str, numbers: int = NUMBERS) -> float:
    """Bytes a second that the device reads, the best of some sums over ``numbers`` float32."""
    data = torch.ones(numbers, device=device)
    best = float("inf")
    for _ in range(PASSES):
        synchronize(device)
        start = time.perf_counter()
        data.sum()
        synchronize(device)
        best = min(best, time.perf_counter() - start)
    return data.nbytes / best
