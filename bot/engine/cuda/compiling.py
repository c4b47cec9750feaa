"""How the GPU's kernels are compiled: by Triton, for the device at hand; or interpreted, on the CPU, for the tests.

Set ``TRITON_INTERPRET=1`` before this module is imported, and every kernel runs on CPU tensors, step by step in Python.
"""

import os
from collections.abc import Callable
from typing import Any

import triton

os.environ.setdefault("TRITON_DEFAULT_FP_FUSION", "1")  # one instruction; Triton 3.9 warns where it is unset
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


def kernel(function: Callable[..., None]) -> Any:
    """A Triton kernel: ``kernel[grid](arguments)`` runs it once for each program of the grid.

    Triton reads the source: it takes ``tl.constexpr`` for what is fixed when it compiles, and stumbles over annotations
    that name anything else, so those are quoted.
    """
    return triton.jit(function)
