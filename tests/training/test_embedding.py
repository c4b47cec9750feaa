"""Rare tokens that have become similar are separated; the others are unchanged."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from training.embedding import LENGTH, count, spread
from training.recipe import STAGES
from training.tokens import Tokens


def alike(rows: Tensor) -> float:
    """Return the mean cosine between rows."""
    directions = normalize(rows, dim=1)
    cosines = directions @ directions.T
    return float((cosines.sum() - len(rows)) / (len(rows) * (len(rows) - 1)))


def test_rare_tokens_are_set_apart_and_common_ones_left_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    embedding = torch.randn(300, 64, generator=generator) * 0.2
    embedding[:200] = 0.1 + 0.001 * torch.randn(200, 64, generator=generator)  # what training makes of rare tokens
    counts = torch.arange(300) * 3  # of 0 to 897 times: 167 tokens are rare
    result = spread(embedding, counts)
    assert alike(embedding[:160]) > 0.99
    assert alike(result[:160]) < 0.45
    assert torch.equal(result[167:], embedding[167:])
    means = torch.stack([embedding[20:27].mean(0), result[20:27].mean(0)])  # seen 60 to 80 times
    torch.testing.assert_close((result[20:27] - means[0]).norm(dim=1), torch.full((7,), LENGTH))
    own = embedding[20:27] - means[0]
    assert cosine_similarity(own, result[20:27] - means[0]).min() > 0.999


def test_tokens_are_counted_over_all_files(tmp_path: Path) -> None:
    for name, ids in {"one": [1, 1, 2], "two": [2, 5]}.items():
        Tokens(np.array(ids, np.uint16), np.ones(len(ids), np.uint8), np.array([0, len(ids)])).save(
            tmp_path / f"{name}.npz"
        )
    assert count([tmp_path / "one.npz", tmp_path / "two.npz"], 6).tolist() == [0, 2, 2, 0, 0, 1]


def test_the_recipe_sets_them_apart_once() -> None:
    assert [stage.spread for stage in STAGES].count(True) == 1
    assert not STAGES[0].spread
