"""Classifier-free guidance: combine the logits of a row with the context and a row without it.

The result is unguided + factor * (guided - unguided). A reply with a factor has two rows, the first with and the
second without the context; a reply with None has a single row. Source: Sanchez et al. 2023, equation 7.
"""

from collections.abc import Sequence


def pairs_of(factors: Sequence[float | None]) -> tuple[list[int], list[int], list[float]]:
    """Return the first row of each reply, the indices of the replies with two rows, and their factors."""
    starts, start = [], 0
    for factor in factors:
        starts.append(start)
        start += 1 if factor is None else 2
    guided = [(place, factor) for place, factor in enumerate(factors) if factor is not None]
    return starts, [place for place, _ in guided], [factor for _, factor in guided]
