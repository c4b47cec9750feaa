"""The tests of the GPU's kernels run on a GPU where there is one, else on the CPU: Triton interprets the kernels."""

import os

import torch

collect_ignore = [] if torch.cuda.is_available() else ["test_gpu.py"]
if collect_ignore:
    os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported, which only these tests do without a GPU
