"""No end of text before the minimum number of tokens."""

import numpy as np
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.minimum_length import MinimumLength
from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
ROWS = np.array([2, 0])


def banned(adjuster: MinimumLength) -> list[set[int]]:
    logits = torch.zeros(2, CODER.vocab_size)
    adjuster.apply(logits_of(logits), ROWS)
    return [set(row.isinf().nonzero().flatten().tolist()) for row in logits]


def test_ends_are_banned_until_the_least_length() -> None:
    adjuster = MinimumLength(3, VOCABULARY)
    adjuster.admit(2, RowStart(params=SamplingParams(min_tokens=2), stop=("bc", "!!")))
    adjuster.admit(0, RowStart(params=SamplingParams(min_tokens=3)))
    ends = {END_OF_TEXT, CODER.encode("b")[0], CODER.word("ab"), CODER.word("bc")}
    ends |= {CODER.encode("!")[0], CODER.word("é!")}
    nothing: set[int] = set()
    both = [ends, {END_OF_TEXT}]
    for expected in (both, both, [nothing, {END_OF_TEXT}], [nothing, nothing]):
        assert banned(adjuster) == expected
        adjuster.commit(ROWS, np.array([1, 1]))


def test_a_released_slot_bans_nothing() -> None:
    adjuster = MinimumLength(3, VOCABULARY)
    adjuster.admit(2, RowStart(params=SamplingParams(min_tokens=9)))
    adjuster.release(2)
    adjuster.admit(2, RowStart())
    assert banned(adjuster) == [set(), set()]
