"""DRY, compared with a plain Python reference that uses dictionaries."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.dry import Dry
from bot.engine.sampling.penalties import Penalties
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
A, B, C, LINE = (CODER.encode(text)[0] for text in "abc\n")
ROW = np.array([1])


def after(params: SamplingParams, written: list[int], context: tuple[int, ...] = ()) -> torch.Tensor:
    """Return the adjusted logits, all 2 before, after ``written``."""
    logits = torch.full((1, CODER.vocab_size), 2.0)
    for adjuster in (Penalties(3, VOCABULARY), Dry(3, VOCABULARY)):
        adjuster.admit(1, RowStart(params=params, context=context))
        for token in written:
            adjuster.commit(ROW, np.array([token]))
        adjuster.apply(logits_of(logits), ROW)
    return logits[0]


def reference_dry(
    tokens: list[int], multiplier: float, base: float, allowed: int, breakers: set[int]
) -> dict[int, float]:
    """Penalise the continuation of each earlier place that matches the end of the text, by the match length."""
    penalties: dict[int, float] = {}
    if tokens[-1] in breakers:
        return penalties
    for end in range(len(tokens) - 1):
        length = 0
        while (
            length < 50
            and end - length >= 0
            and tokens[end - length] == tokens[len(tokens) - 1 - length]
            and tokens[end - length] not in breakers
        ):
            length += 1
        if length >= allowed:
            token = tokens[end + 1]
            penalties[token] = max(penalties.get(token, 0.0), multiplier * base ** (length - allowed))
    return penalties


@pytest.mark.parametrize("seed", range(5))
def test_dry(seed: int) -> None:
    generator = np.random.default_rng(seed)
    context = generator.choice([A, B, C, LINE], 60, p=[0.4, 0.3, 0.25, 0.05]).tolist()
    written = generator.choice([A, B, C], 30).tolist()
    params = SamplingParams(dry_multiplier=0.8, dry_base=1.5, dry_allowed_length=2, dry_sequence_breakers=("\n",))
    expected = torch.full((CODER.vocab_size,), 2.0)
    for token, penalty in reference_dry(context + written, 0.8, 1.5, 2, {LINE}).items():
        expected[token] -= penalty
    torch.testing.assert_close(after(params, written, tuple(context)), expected, atol=1e-4, rtol=1e-5)


def test_dry_and_repetition_fused_model() -> None:
    params = SamplingParams(dry_multiplier=1.0, dry_base=2.0, repetition_penalty=2.0)
    logits = after(params, [A, B, C, A, B])
    assert logits[C] == 2.0 / 2.0 - 1.0
    assert logits[A] == 1.0


def test_a_row_is_the_same_after_another_one_that_repeats() -> None:
    dry = Dry(2, VOCABULARY)
    params = SamplingParams(dry_multiplier=1.0, dry_base=2.0)
    dry.admit(0, RowStart(params=params, context=(A, B, C, A, B)))
    dry.admit(1, RowStart(params=params, context=(A, B, A, A, B)))
    logits = torch.zeros(2, CODER.vocab_size)
    dry.apply(logits_of(logits), np.array([0, 1]))
    assert logits[0].nonzero().flatten().tolist() == [C]
    assert logits[1].nonzero().flatten().tolist() == [A]


def test_breakers_are_given_back() -> None:
    """However many different sets appear while another row runs, only those of running rows are kept."""
    dry = Dry(2, VOCABULARY)
    dry.admit(0, RowStart(params=SamplingParams(dry_multiplier=1.0)))
    few = dry.nbytes
    for number in range(600):
        params = SamplingParams(dry_multiplier=1.0, dry_sequence_breakers=(f"x{number}",))
        dry.admit(1, RowStart(params=params, context=(1, 2, 3)))
        assert dry.nbytes <= few + VOCABULARY.size // 8 + 1
        dry.release(1)
    assert dry.nbytes == few
