"""Tokens that replies have to write whatever the model says, as grammars and given texts have them.

They need no logits: several are read in one pass. Text, penalties and seeds are those of one token a step.
"""

from collections.abc import Sequence

from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import END_OF_TEXT
from bot.engine.serving.sequence import Reply

FEW = 4  # where a pass of several tokens a row costs much more than one token, fewer are written one by one
MOST_SCORED = 64  # in one pass: the logits of each are kept


class FastForward:
    """Finds what is forced next."""

    def __init__(self, sampler: Sampler, *, enabled: bool, reads_ahead: bool) -> None:
        """``reads_ahead``: whether a few tokens of a row in one pass cost little more than one."""
        self._sampler = sampler
        self._enabled = enabled
        self._least = 1 if reads_ahead else FEW

    def known(self, writing: Sequence[Reply]) -> dict[Reply, int]:
        """How many tokens some replies can write at once, of those that need no scores."""
        found = {}
        for reply in writing:
            forced = () if reply.job.request.scores is not None else self._forced(reply)
            if forced and (len(forced) >= self._least or forced[-1] == END_OF_TEXT):
                found[reply] = len(forced)
        return found

    def scored(self, writing: Sequence[Reply]) -> dict[Reply, list[int]]:
        """The next tokens of replies that need the score of each."""
        found, room = {}, MOST_SCORED
        for reply in writing:
            request = reply.job.request
            left = min(room, request.sampling.max_tokens - len(reply.tokens) - 1)
            if request.scores is not None and left > 0 and (forced := self._forced(reply)[:left]):
                found[reply] = list(forced)
                room -= len(forced)
        return found

    def _forced(self, reply: Reply) -> Sequence[int]:
        if not self._enabled or reply.job.spare_slots:  # those that will fork have one token drawn first
            return ()
        return self._sampler.forced(reply.sampler_slot)
