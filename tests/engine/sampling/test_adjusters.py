"""The order of the adjusters."""

import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)


def test_a_ban_is_stronger_than_a_bias_and_a_forced_token_is_stronger_than_a_ban() -> None:
    sampler = Sampler(2, VOCABULARY, standard_adjusters(2, VOCABULARY))
    a, b = CODER.encode("ab")
    params = SamplingParams(
        temperature=0, logit_bias=((0, 100.0), (a, 50.0), (b, 20.0)), banned_tokens=(a,), min_tokens=1
    )
    sampler.admit(0, RowStart(params=params), 1)
    sampler.admit(1, RowStart(params=params, forced=(a,)), 1)
    draw = sampler.sample(logits_of(torch.zeros(2, CODER.vocab_size)), [0, 1])
    assert draw.tokens.tolist()[0] == b
    assert draw.tokens.tolist()[1] == a
