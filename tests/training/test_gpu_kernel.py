"""The CUDA kernel against the step form: on a GPU if there is one, else interpreted, in a separate process."""

import os
import subprocess
import sys

import torch

CHECK = """
import torch
from training.gpu_kernel import GpuRecurrence
from training.kernel_check import largest_error

device = "cuda" if torch.cuda.is_available() else "cpu"
assert largest_error(GpuRecurrence.apply, device) <= 1e-4
try:
    GpuRecurrence.apply(*(torch.zeros(1, 12, 2, 64, device=device) for _ in range(7)))
except ValueError as error:
    assert "multiple of 8, not 12" in str(error)
else:
    raise AssertionError("a length of 12 was taken")
"""


def test_the_kernel_equals_the_step_form_and_so_do_its_gradients() -> None:
    interpreted = {} if torch.cuda.is_available() else {"TRITON_INTERPRET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHECK], env=os.environ | interpreted, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
