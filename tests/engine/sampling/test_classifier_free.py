"""Two rows combined into one."""

import pytest
import torch

from bot.engine.arrays import as_tensor
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.host_logits import HostLogits
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.tensor_logits import TensorLogits

FORMS = pytest.mark.parametrize("form", [logits_of, TensorLogits])


def numbers(logits: Logits) -> torch.Tensor:
    assert isinstance(logits, HostLogits | TensorLogits)
    return as_tensor(logits.numbers)


@FORMS
def test_rows_without_guidance_pass(form: type[TensorLogits]) -> None:
    logits = form(torch.randn(3, 10))
    assert logits.guided([None, None, None]) is logits


@FORMS
def test_pairs_are_mixed_by_their_factors(form: type[TensorLogits]) -> None:
    logits = torch.randn(8, 50)
    result = numbers(form(logits.clone()).guided([None, 0.0, 1.0, 1.5, None]))
    assert torch.equal(result[0], logits[0])
    assert torch.equal(result[1], logits[2])
    assert torch.equal(result[2], logits[3])
    torch.testing.assert_close(result[3], logits[6] + 1.5 * (logits[5] - logits[6]))
    assert torch.equal(result[4], logits[7])
