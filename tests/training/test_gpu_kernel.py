"""The CUDA kernel against the step form: on a GPU if there is one, else interpreted, in a separate process."""

import os
import subprocess
import sys

import torch

CHECK = """
import torch
from torch.nn.functional import normalize
from training.gpu_kernel import GpuRecurrence
from training.recurrence import step_form

device = "cuda" if torch.cuda.is_available() else "cpu"
generator = torch.Generator().manual_seed(3)
shape = (1, 16, 2, 64)
def draw(*size): return torch.randn(*size, generator=generator)
r, k, v = (0.5 * draw(*shape) for _ in range(3))
w = torch.exp(-0.606531 * torch.sigmoid(3 * draw(*shape)))
kk = normalize(draw(*shape), dim=-1)
values = (r, w, k, v, -kk, kk * torch.sigmoid(draw(*shape)), 0.1 * draw(1, 2, 64, 64))
inputs = [x.to(device).requires_grad_() for x in values]
weights = draw(*shape).to(device), draw(1, 2, 64, 64).to(device)
found = []
for form in (GpuRecurrence.apply, step_form):
    y, state = form(*inputs)
    loss = (y * weights[0]).sum() + (state * weights[1]).sum()
    found.append([y, state, *torch.autograd.grad(loss, inputs)])
for got, wanted in zip(*found, strict=True):
    assert (got - wanted).abs().max() <= 1e-4 * wanted.abs().max(), (got - wanted).abs().max()
try:
    GpuRecurrence.apply(*(x[:, :12] if x.shape == shape else x for x in inputs))
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
