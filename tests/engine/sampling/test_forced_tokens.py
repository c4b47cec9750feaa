"""Forced tokens."""

import numpy as np
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

VOCABULARY = Vocabulary(ByteCoder(), ByteCoder.vocab_size)


def test_they_are_written_whatever_forbids_them_and_then_the_reply_is_free() -> None:
    sampler = Sampler(2, VOCABULARY, standard_adjusters(2, VOCABULARY))
    params = SamplingParams(banned_tokens=(66,), min_tokens=9)
    sampler.admit(0, RowStart(params=params, forced=(66, 0, 200)), 1)
    sampler.admit(1, RowStart(), 2)
    generator = torch.Generator().manual_seed(3)
    drawn = [
        sampler.sample(logits_of(torch.randn(2, VOCABULARY.size, generator=generator)), [0, 1]).tokens
        for _ in range(30)
    ]
    assert [int(tokens[0]) for tokens in drawn[:3]] == [66, 0, 200]
    assert 66 not in np.array(drawn)[3:, 0]
