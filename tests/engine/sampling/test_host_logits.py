"""Logits in memory and on a device are changed identically."""

import numpy as np
import pytest
import torch

from bot.engine.arrays import as_tensor
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.host_logits import SEVERAL, HostLogits
from bot.engine.sampling.logits import Additions, Columns, Logits
from bot.engine.sampling.tensor_logits import TensorLogits

INF = float("inf")
FORMS = pytest.mark.parametrize("form", [logits_of, TensorLogits])


def numbers(logits: Logits) -> torch.Tensor:
    assert isinstance(logits, HostLogits | TensorLogits)
    return as_tensor(logits.numbers)


def some(form: type[TensorLogits]) -> TensorLogits:
    return form(torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [-1.0, 0.0, -INF, 1.0]]))


@FORMS
def test_adding_and_banning(form: type[TensorLogits]) -> None:
    logits = some(form)
    logits.add(Additions(np.array([0, 1]), np.array([3, 0]), np.array([1.0, -INF], np.float32)))
    logits.add_columns(np.array([0, 2]), Columns(np.array([0, 1])), np.array([10.0, 20.0], np.float32))
    logits.ban(np.array([1]), np.array([3]))
    assert numbers(logits).tolist() == [[11, 12, 3, 5], [-INF, 6, 7, -INF], [19, 20, -INF, 1]]
    columns = Columns(np.array([1]))
    logits.ban_columns(columns, np.array([0]))
    assert numbers(logits)[:, 1].tolist() == [-INF, 6, 20]
    logits.ban_columns(columns)
    assert numbers(logits)[:, 1].tolist() == [-INF] * 3


@FORMS
def test_keeping_only_some(form: type[TensorLogits]) -> None:
    logits = some(form)
    logits.keep_only(0, Columns(np.array([1, 2])))
    logits.keep_only(2, Columns(np.array([2])))  # banned before: forced tokens win
    logits.force(1, 2)
    assert numbers(logits).tolist() == [[-INF, 2, 3, -INF], [-INF, -INF, 0, -INF], [-INF, -INF, 0, -INF]]
    logits = some(form)
    logits.keep_allowed([2, 0], np.array([[0b0100], [0b1001]], np.int32))
    assert numbers(logits).tolist() == [[1, -INF, -INF, 4], [5, 6, 7, 8], [-INF, -INF, 0, -INF]]


@FORMS
def test_the_bits_of_a_mask_are_the_tokens_in_their_order(form: type[TensorLogits]) -> None:
    generator = np.random.default_rng(1)
    allowed = generator.random((3, 101)) < 0.5
    allowed[1, 32:64], allowed[1, 64:96] = True, False  # whole words
    packed = np.packbits(np.pad(allowed, ((0, 0), (0, 27))), axis=1, bitorder="little").view(np.int32)
    before = torch.randn(3, 101, generator=torch.Generator().manual_seed(1))
    before[2] = -INF
    logits = form(before.clone())
    logits.keep_allowed([2, 1, 0], packed[::-1].copy())
    expected = np.where(allowed, before.numpy(), -INF)
    expected[2] = np.where(allowed[2], 0, -INF)
    np.testing.assert_array_equal(numbers(logits), expected)


@FORMS
@pytest.mark.parametrize("usable", [[], [0], [-1]])
def test_long_runs_of_words_that_allow_every_token_are_kept(form: type[TensorLogits], usable: list[int]) -> None:
    size = 32 * (3 * SEVERAL + 2)
    allowed = np.ones((1, size), bool)
    allowed[0, [40, 32 * SEVERAL + 70, 32 * 2 * SEVERAL + 31, size - 2]] = False
    before = torch.full((1, size), -INF)
    before[0, usable or slice(None)] = 1.5
    logits = form(before.clone())
    logits.keep_allowed([0], np.packbits(allowed, axis=1, bitorder="little").view(np.int32))
    np.testing.assert_array_equal(numbers(logits), np.where(allowed, before.numpy(), -INF))


@FORMS
@pytest.mark.parametrize("usable", [0, 40, 95])
def test_a_word_that_allows_every_token_may_hold_only_banned_ones(form: type[TensorLogits], usable: int) -> None:
    before = torch.full((1, 96), -INF)
    before[0, usable] = 1
    logits = form(before.clone())
    logits.keep_allowed([0], np.array([[-1, -1, -1]], np.int32))
    np.testing.assert_array_equal(numbers(logits), before.numpy())


@FORMS
def test_rows_that_are_taken_are_copies(form: type[TensorLogits]) -> None:
    logits = some(form)
    taken = logits.take([1, 1, 0])
    taken.force(0, 0)
    assert taken.rows == 3
    assert numbers(logits)[1].tolist() == [5, 6, 7, 8]
    assert numbers(taken)[1].tolist() == [5, 6, 7, 8]


@FORMS
def test_log_probabilities(form: type[TensorLogits]) -> None:
    logits = torch.randn(3, 50, generator=torch.Generator().manual_seed(1))
    logs, best = form(logits.clone()).log_probabilities([2, 0], 5)
    np.testing.assert_allclose(logs, torch.log_softmax(logits[[2, 0]], -1).numpy(), atol=1e-5)
    assert best.tolist() == logits[[2, 0]].topk(5).indices.tolist()
