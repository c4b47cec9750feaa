"""Documents of a stage's mixture, encoded: the same tokens for the same seed."""

from __future__ import annotations

import random
from array import array

import numpy as np
from tokenizers import Tokenizer

from training import held_out
from training.grammar import mixture
from training.grammar.talk import Document
from training.tokens import Tokens


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
    ids, weights, starts = array("H"), array("B"), array("q", [0])
    while len(ids) < count:
        document = mixture.document(rng, stage)
        if held_out.found(document.text):
            continue
        new_ids, new_weights = encode(tokenizer, document)
        ids.extend(new_ids)
        weights.extend(new_weights)
        starts.append(len(ids))
    return Tokens(np.array(ids, np.uint16), np.array(weights, np.uint8), np.array(starts, np.int64))
