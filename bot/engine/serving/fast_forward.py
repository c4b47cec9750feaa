"""Tokens that replies must write whatever the model predicts, as grammars and forced texts require.

They need no logits, so several are read in one pass. Text, penalties and seeds are the same as with one token per
step.
"""

from collections.abc import Sequence

from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import END_OF_TEXT
from bot.engine.serving.sequence import Reply

FEW = 4  # where a pass of several tokens per row costs much more than one token, fewer are written one by one
MAX_SCORED = 64  # per pass: the logits of each are kept in memory


class FastForward:
    """Finds the tokens that are forced next."""

    def __init__(self, sampler: Sampler, *, enabled: bool, reads_ahead: bool) -> None:
        """``reads_ahead``: whether a few tokens of a row in one pass cost little more than one."""
        self._sampler = sampler
        self._enabled = enabled
        self._least = 1 if reads_ahead else FEW

    def known(self, writing: Sequence[Reply]) -> dict[Reply, int]:
        """Return how many tokens each reply can write at once; replies that need scores are left out."""
        found = {}
        for reply in writing:
            forced = () if reply.job.request.scores is not None else self._forced(reply)
            if forced and (len(forced) >= self._least or forced[-1] == END_OF_TEXT):
                found[reply] = len(forced)
        return found

    def scored(self, writing: Sequence[Reply]) -> dict[Reply, list[int]]:
        """Return the next tokens of replies that need the score of each."""
        found, room = {}, MAX_SCORED
        for reply in writing:
            request = reply.job.request
            left = min(room, request.sampling.max_tokens - len(reply.tokens) - 1)
            if request.scores is not None and left > 0 and (forced := self._forced(reply)[:left]):
                found[reply] = list(forced)
                room -= len(forced)
        return found

    def _forced(self, reply: Reply) -> Sequence[int]:
        if not self._enabled or reply.job.spare_slots:  # a reply that will fork draws one token first
            return ()
        return self._sampler.forced(reply.sampler_slot)
