import pytest
from torch import Tensor

from training import kernel_check
from training.recurrence import chunked_form, step_form


def test_the_chunked_form_passes_with_outputs_states_and_gradients() -> None:
    assert kernel_check.largest_error(chunked_form, "cpu") < 1e-4
    assert kernel_check.main("chunked") == 0


def _wrong_gradient(r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor) -> (
    tuple[Tensor, Tensor]
):  # fmt: skip
    return step_form(r, w, k, v + v.detach() - v * 1.0, a, b, state)


def _not_a_number(r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor) -> (
    tuple[Tensor, Tensor]
):  # fmt: skip
    y, last = step_form(r, w, k, v, a, b, state)
    return y * float("nan"), last


def test_a_wrong_gradient_and_what_is_not_a_number_are_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kernel_check.largest_error(_wrong_gradient, "cpu") > kernel_check.LARGEST
    assert kernel_check.largest_error(_not_a_number, "cpu") > kernel_check.LARGEST
    monkeypatch.setattr(kernel_check, "form_named", lambda name: _wrong_gradient)
    assert kernel_check.main("kernel") == 1
    assert "kernel on cpu: largest error" in capsys.readouterr().out
