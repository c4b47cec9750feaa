"""Log-probabilities of the tokens that were drawn, and of the likeliest ones in their place.

Those of the model itself: before penalties, cuts and temperature.
"""

from collections.abc import Sequence

from bot.engine.sampling.logits import Logits
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import TokenScore


class Scoring:
    """Remembers the logits of some rows of a batch before they are changed."""

    def __init__(self, logits: Logits, wanted: Sequence[int | None]) -> None:
        """``wanted``: how many of the likeliest tokens each row of ``logits`` reports; None: no scores."""
        scored = [row for row, top in enumerate(wanted) if top is not None]
        self._places = {row: place for place, row in enumerate(scored)}
        self._wanted = wanted
        if not self._places:
            return
        most = max(top or 0 for top in wanted)
        self._logs, best = logits.log_probabilities(scored, max(most, 1))
        self._best = [
            [(token, float(logs[token])) for token in ids] for ids, logs in zip(best.tolist(), self._logs, strict=True)
        ]

    def of(self, row: int, token: int, vocabulary: Vocabulary) -> TokenScore | None:
        """The score of ``token``, drawn in ``row``; None where nobody asked."""
        place = self._places.get(row)
        if place is None:
            return None
        top = self._best[place][: self._wanted[row]]
        return TokenScore(
            token=token, data=vocabulary.bytes_of(token), logprob=float(self._logs[place, token]),
            top=tuple((other, vocabulary.bytes_of(other), value) for other, value in top),
        )  # fmt: skip
