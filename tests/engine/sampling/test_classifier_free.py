"""Two rows made into one."""

import torch

from bot.engine.sampling.classifier_free import guided


def test_rows_without_guidance_pass() -> None:
    logits = torch.randn(3, 10)
    assert guided(logits, [None, None, None]) is logits


def test_pairs_are_mixed_by_their_factors() -> None:
    logits = torch.randn(8, 50)
    result = guided(logits, [None, 0.0, 1.0, 1.5, None])
    assert torch.equal(result[0], logits[0])
    assert torch.equal(result[1], logits[2])
    assert torch.equal(result[2], logits[3])
    torch.testing.assert_close(result[3], logits[6] + 1.5 * (logits[5] - logits[6]))
    assert torch.equal(result[4], logits[7])
