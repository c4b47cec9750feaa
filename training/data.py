"""Token files and the windows read from them.

A file holds documents end to end: token ids, loss weights (in tenths) and document starts. A window always begins at
the start of a document, so that no question refers to text before the window.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training import held_out
from training.grammar import mixture
from training.grammar.talk import ASIDE, Document

FEWER = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """Encoded documents: ids (n,) uint16, weights (n,) uint8 in tenths, starts (documents + 1,) int64."""

    ids: np.ndarray
    weights: np.ndarray
    starts: np.ndarray

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, ids=self.ids, weights=self.weights, starts=self.starts)

    @staticmethod
    def load(path: Path) -> Tokens:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return Tokens(file["ids"], file["weights"], file["starts"])


def joined(parts: Sequence[Tokens]) -> Tokens:
    """Concatenate the documents of several files."""
    offsets = np.cumsum([0, *(len(part.ids) for part in parts)])
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Tokens(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([*starts, offsets[-1:]]),
    )


def encode(tokenizer: Tokenizer, document: Document) -> tuple[list[int], list[int]]:
    """Return ids and weights of a document, including its end of text. Each weight belongs to its own token."""
    ids: list[int] = []
    weights: list[int] = []
    for text, weight in document.pieces:
        piece = tokenizer.encode(text).ids
        ids += piece
        weights += [round(10 * weight)] * len(piece)
    return [*ids, 0], [*weights, 10]


def build(tokenizer: Tokenizer, count: int, seed: int, stage: str) -> Tokens:
    """Write about `count` tokens of the mixture of a stage, the same for the same seed.

    A document that holds a sentence of the evaluation is left out (`training.held_out`): one or two in a hundred.
    """
    rng = random.Random(seed)
    ids: list[int] = []
    weights: list[int] = []
    starts = [0]
    while len(ids) < count:
        document = mixture.document(rng, stage)
        if held_out.found(document.text):
            continue
        new_ids, new_weights = encode(tokenizer, document)
        ids += new_ids
        weights += new_weights
        starts.append(len(ids))
    return Tokens(np.array(ids, np.uint16), np.array(weights, np.uint8), np.array(starts, np.int64))


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


def batches(tokens: Tokens, size: int, rows: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
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
