import torch
from torch import Tensor
from torch.nn.functional import normalize

from training.kernel import FusedRecurrence
from training.recurrence import CHUNK, chunked_form, step_form


def _inputs(length: int, heads: int = 2, batch: int = 2) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    shape = (batch, length, heads, 64)
    r, k, v = (0.5 * draw(*shape) for _ in range(3))
    w = torch.exp(-0.606531 * torch.sigmoid(3 * draw(*shape)))
    kk = normalize(draw(*shape), dim=-1)
    state = 0.1 * draw(batch, heads, 64, 64)
    return [x.requires_grad_() for x in (r, w, k, v, -kk, kk * torch.sigmoid(draw(*shape)), state)]


def _outputs_and_gradients(form: object, inputs: list[Tensor]) -> list[Tensor]:
    y, state = form(*inputs)  # type: ignore[operator]  # one of the three forms
    generator = torch.Generator().manual_seed(4)
    weight = torch.randn(y.shape, generator=generator)
    loss = (y * weight).sum() + (state * torch.randn(state.shape, generator=generator)).sum()
    return [y, state, *torch.autograd.grad(loss, inputs)]


def _assert_same(form: object) -> None:
    inputs = _inputs(3 * CHUNK)
    for got, wanted in zip(
        _outputs_and_gradients(form, inputs), _outputs_and_gradients(step_form, inputs), strict=True
    ):
        assert (got - wanted).abs().max() <= 5e-6 * wanted.abs().max()


def test_the_chunked_form_equals_the_step_form_and_so_do_its_gradients() -> None:
    _assert_same(chunked_form)


def test_the_fused_kernel_equals_the_step_form_and_so_do_its_gradients() -> None:
    _assert_same(FusedRecurrence.apply)


def test_the_strongest_decay_stays_finite_in_the_chunked_form() -> None:
    inputs = [x.detach() for x in _inputs(CHUNK)]
    inputs[1] = torch.full_like(inputs[1], 0.5454)
    y, state = chunked_form(*inputs)
    wanted, wanted_state = step_form(*inputs)
    assert (y - wanted).abs().max() <= 1e-4 * wanted.abs().max()
    assert (state - wanted_state).abs().max() <= 1e-4 * wanted_state.abs().max()
