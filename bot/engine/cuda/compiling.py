"""How the GPU kernels are compiled: by Triton for the present device, or interpreted on the CPU for tests.

If ``TRITON_INTERPRET=1`` is set before this module is imported, every kernel runs on CPU tensors, step by step in
Python.
"""

import os
from collections.abc import Callable
from typing import Any

import triton

os.environ.setdefault("TRITON_DEFAULT_FP_FUSION", "1")  # one fused instruction; Triton 3.9 warns if it is unset
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


def kernel(function: Callable[..., None]) -> Any:
    """Return a Triton kernel: ``kernel[grid](arguments)`` runs it once for each program of the grid.

    Triton reads the source: it treats ``tl.constexpr`` parameters as compile-time constants, and fails on annotations
    that name anything else, so those are quoted.
    """
    return triton.jit(function)
