"""Compare a form of the recurrence with the step form, gradients too: ``python -m training.kernel_check FORM``.

It runs in a process of its own before a training on CUDA: a faulty kernel can make the device unusable for its process.
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor
from torch.nn.functional import normalize

from training.kernel import HEAD_SIZE
from training.model import Recurrence, fastest_form
from training.recurrence import chunked_form, step_form

LARGEST = 1e-3
"""The largest error that is taken, as a part of the largest value."""
FORMS = ("kernel", "chunked")


def form_named(name: str) -> Recurrence:
    """The CUDA kernel, or the chunked form in plain torch."""
    return chunked_form if name == "chunked" else fastest_form(torch.device("cuda"))


def largest_error(form: Recurrence, device: str, length: int = 16) -> float:
    """Return the largest error of outputs, last state and gradients, as a part of the largest value of each."""
    generator = torch.Generator().manual_seed(3)
    shape = (2, length, 2, HEAD_SIZE)

    def draw(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator)

    r, k, v = (0.5 * draw(*shape) for _ in range(3))
    w = torch.exp(-0.606531 * torch.sigmoid(3 * draw(*shape)))
    kk = normalize(draw(*shape), dim=-1)
    state = 0.1 * draw(shape[0], shape[2], HEAD_SIZE, HEAD_SIZE)
    values = (r, w, k, v, -kk, kk * torch.sigmoid(draw(*shape)), state)
    inputs = [x.to(device).requires_grad_() for x in values]
    weights = draw(*shape).to(device), draw(*state.shape).to(device)
    found = []
    for each in (form, step_form):
        y, last = each(*inputs)
        loss = (y * weights[0]).sum() + (last * weights[1]).sum()
        found.append([y, last, *torch.autograd.grad(loss, inputs)])
    errors = [(got - wanted).abs().max() / wanted.abs().max() for got, wanted in zip(*found, strict=True)]
    return float(torch.stack(errors).detach().nan_to_num(torch.inf).max())


def main(name: str) -> int:
    """Say how large the error is; return 1 if it is too large."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    error = largest_error(form_named(name), device, 64)
    print(f"{name} on {device}: largest error {error:.1e}, {LARGEST:.0e} is taken")
    return int(error > LARGEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
