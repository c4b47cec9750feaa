"""Log-probabilities of the drawn tokens and of the most likely alternatives.

They are the model's own: before penalties, cuts and temperature.
"""

from collections.abc import Sequence

from bot.engine.sampling.logits import Logits
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import TokenScore


class Scoring:
    """Keeps the log-probabilities of the scored rows of a batch before the logits are changed."""

    def __init__(self, logits: Logits, wanted: Sequence[int | None]) -> None:
        """``wanted``: how many of the most likely tokens each row of ``logits`` reports; None: no scores."""
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
        """Return the score of ``token``, drawn in ``row``; None if the row has no scores."""
        place = self._places.get(row)
        if place is None:
            return None
        top = self._best[place][: self._wanted[row]]
        return TokenScore(
            token=token, data=vocabulary.bytes_of(token), logprob=float(self._logs[place, token]),
            top=tuple((other, vocabulary.bytes_of(other), value) for other, value in top),
        )  # fmt: skip
