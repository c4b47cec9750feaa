"""Rules that every adjuster follows."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.adjuster import Adjuster, RowStart
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
BUSY = RowStart(
    params=SamplingParams(
        presence_penalty=1.0, repetition_penalty=1.2, dry_multiplier=1.0, logit_bias=((9, 3.0),), banned_tokens=(10,),
        newline_schedule=True, no_repeat_punctuation=True, min_tokens=5,
    ),
    context=(66, 67, 68, 66, 67),
    stop=("bc",),
    forced=(66, 67),
)  # fmt: skip
COUNT = len(standard_adjusters(1, VOCABULARY))


def one(place: int) -> Adjuster:
    return standard_adjusters(4, VOCABULARY)[place]


def applied(adjuster: Adjuster, slots: list[int]) -> torch.Tensor:
    logits = torch.randn(CODER.vocab_size, generator=torch.Generator().manual_seed(1)).repeat(len(slots), 1)
    adjuster.apply(logits_of(logits), np.array(slots))
    return logits


@pytest.mark.parametrize("place", range(COUNT))
def test_a_slot_that_is_used_again_is_as_new(place: int) -> None:
    adjuster, fresh = one(place), one(place)
    adjuster.admit(2, BUSY)
    applied(adjuster, [2])
    adjuster.commit(np.array([2]), np.array([CODER.encode(",")[0]]))
    adjuster.release(2)
    adjuster.admit(2, RowStart())
    fresh.admit(2, RowStart())
    assert applied(adjuster, [2]).equal(applied(fresh, [2]))


@pytest.mark.parametrize("place", range(COUNT))
def test_rows_do_not_see_their_mates(place: int) -> None:
    together, alone = one(place), one(place)
    together.admit(1, RowStart())
    together.admit(3, BUSY)
    alone.admit(3, BUSY)
    for token in CODER.encode("ab, x"):
        mixed, single = applied(together, [1, 3]), applied(alone, [3])
        assert mixed[1].equal(single[0])
        together.commit(np.array([1, 3]), np.array([70, token]))
        alone.commit(np.array([3]), np.array([token]))
    assert applied(together, [3, 1])[0].equal(applied(alone, [3])[0])
