"""Classifier-free guidance: the logits of a row with and a row without the context, made into one."""

from collections.abc import Sequence

import torch


def guided(logits: torch.Tensor, factors: Sequence[float | None]) -> torch.Tensor:
    """Turn the rows' ``logits`` into the replies', (B, V): unguided + factor * (guided - unguided).

    ``factors`` has one entry a reply. A reply with a factor has two rows, the first with and the second without the
    context; one with None has a single row. Source: Sanchez et al. 2023, equation 7.
    """
    pairs = [place for place, factor in enumerate(factors) if factor is not None]
    if not pairs:
        return logits
    starts, start = [], 0
    for factor in factors:
        starts.append(start)
        start += 1 if factor is None else 2
    device = logits.device
    result = logits[torch.tensor(starts, device=device)]
    at = torch.tensor(pairs, device=device)
    without = logits[torch.tensor([starts[place] + 1 for place in pairs], device=device)]
    weight = torch.tensor([[factors[place]] for place in pairs], dtype=logits.dtype, device=device)
    result[at] = torch.lerp(without, result[at], weight)  # exact at the factors 0 and 1
    return result
