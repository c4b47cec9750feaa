"""Make rare tokens distinguishable again.

All that a rare token learns is that it is rare: the softmax pushes all such tokens in the same direction, and Adam,
which divides each gradient by its own magnitude, turns that faint push into large steps. In the end their embedding
rows differ by little more than noise. A model whose head is its embedding can then neither read nor copy them
(measured: a mean cosine of 0.7 to 1.0 between tokens seen fewer than 100 times; names made of them were not recalled).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from training.tokens import Tokens

EDGES = (0, 1, 30, 60, 80, 100, 150, 200, 300, 500)
"""Tokens seen as often as from one edge to the next share a mean; tokens seen more often are left alone."""
LENGTH = 1.1
"""How far a row lies from the mean of its like: what tokens seen 500 to 2,000 times have by themselves."""


def spread(embedding: Tensor, counts: Tensor) -> Tensor:
    """Separate rare tokens: each keeps the group's mean and its own direction from it, scaled to full length.

    Args:
        embedding: (V, D), tied to the head.
        counts: (V,), how often each token was seen in training.

    """
    result = embedding.clone()
    for low, high in pairwise(EDGES):
        alike = (counts >= low) & (counts < high)
        if alike.any():
            mean = embedding[alike].mean(0)
            result[alike] = mean + LENGTH * F.normalize(embedding[alike] - mean, dim=1)
    return result


def count(files: Iterable[Path], vocabulary: int) -> Tensor:
    """Return how often each token occurs in the token files: (V,) int64."""
    total = torch.zeros(vocabulary, dtype=torch.int64)
    for file in files:
        total += torch.bincount(torch.from_numpy(Tokens.load(file).ids.astype("int64")), minlength=vocabulary)
    return total


def spread_checkpoint(checkpoint: Path, files: Iterable[Path], path: Path) -> Path:
    """Write a checkpoint with its rare tokens separated; `files` are the token files it was trained on."""
    saved = torch.load(checkpoint, weights_only=True)
    embedding = saved["parameters"]["emb.weight"]
    saved["parameters"]["emb.weight"] = spread(embedding, count(files, len(embedding)))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(saved, path)
    return path
