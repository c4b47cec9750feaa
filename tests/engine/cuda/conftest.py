"""Run the GPU kernel tests on a GPU if there is one, else on the CPU with Triton's interpreter."""

import os

import torch

collect_ignore = [] if torch.cuda.is_available() else ["test_gpu.py"]
if collect_ignore:
    os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported; without a GPU only these tests import it
