"""The windows that a training reads from a token file.

A window always begins at the start of a document, so that no question refers to text before the window.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from training.grammar.talk import ASIDE
from training.tokens import Tokens

FEWER = 4
Batch = tuple[Tensor, Tensor]


def _pack(lengths: np.ndarray, order: list[int], size: int) -> Iterator[list[int]]:
    """Fill windows of `size` tokens with whole documents: the longest that still fits, from a pool of 64."""
    pool: list[int] = []
    while order or pool:
        window: list[int] = []
        room = size
        while room > 0:
            while order and len(pool) < 64:
                pool.append(order.pop())
            fitting = [d for d in pool if lengths[d] <= room]
            if fitting:
                chosen = max(fitting, key=lambda d: lengths[d]) if window else fitting[0]
            elif not window and pool:
                chosen = pool[0]  # longer than a window: truncated
            else:
                break
            pool.remove(chosen)
            window.append(chosen)
            room -= int(lengths[chosen])
        if window:
            yield window


def batches(tokens: Tokens, size: int, rows: int, seed: int) -> Iterator[Batch]:
    """Yield (tokens (rows, size + 1) int64, weights (rows, size) float32) in a shuffled order, without end.

    Half of the windows begin with token 0, the others with the first document, as a chat does. Of the tokens that are
    read but not imitated, one in `FEWER` is predicted, with `FEWER` times the weight: the same loss on average, for
    less work.
    """
    rng = random.Random(seed)
    picks = np.random.default_rng(seed)
    lengths = np.diff(tokens.starts)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    while True:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        for window in _pack(lengths, order, size):
            spans = [slice(int(tokens.starts[d]), int(tokens.starts[d + 1])) for d in window]
            ids = np.zeros(size + 1, np.int64)
            weights = np.zeros(size + 1, np.float32)
            first = rng.randrange(2)
            for values, source, unit in ((ids, tokens.ids, 1), (weights, tokens.weights, 10)):
                joined = np.concatenate([source[s] for s in spans])[: size + 1 - first]
                values[first : first + len(joined)] = joined / unit
            faint = weights == np.float32(ASIDE)
            weights[faint] *= FEWER * (picks.random(int(faint.sum())) < 1 / FEWER)
            kept.append((ids, weights[1:]))
            if len(kept) == rows:
                yield torch.from_numpy(np.stack([i for i, _ in kept])), torch.from_numpy(np.stack([w for _, w in kept]))
                kept = []


def ahead(source: Iterator[Batch]) -> Generator[Batch, None, None]:
    """The same batches, each made by another thread while the one before is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, source)
        while True:
            batch = waiting.result()
            waiting = pool.submit(next, source)
            yield batch
