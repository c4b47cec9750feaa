"""From logits to tokens: one per reply, or several where a guess matches what is drawn."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.engine.sampling.logits import Logits
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.scoring import Scoring
from bot.engine.serving.meter import Meter
from bot.engine.serving.pool import Pool
from bot.engine.serving.replies import Replies
from bot.engine.serving.sequence import Reply
from bot.engine.types import EngineError, TokenScore

Guesses = Mapping[Reply, list[int]]


class Drawn(NamedTuple):
    """One token of a reply."""

    token: int
    failed: bool  # the logits were NaN, or no token was left to draw
    score: TokenScore | None


class Drawing:
    """Draws tokens with the sampler and commits them to the replies."""

    def __init__(self, sampler: Sampler, replies: Replies, pool: Pool, written: Meter) -> None:
        self._sampler, self._replies, self._pool, self._written = sampler, replies, pool, written

    def one_each(self, writing: Sequence[Reply], logits: Logits) -> None:
        """Draw a token for each reply from its rows' ``logits``; jobs that have just read their prompt fork."""
        if not writing:
            return
        logits = logits.guided([reply.factor for reply in writing])
        drawing, source = self._replies.forked(list(writing))
        if len(drawing) > len(writing):
            logits = logits.take(source)
        for reply, drawn in zip(drawing, self._draw(drawing, logits), strict=True):
            self._commit(reply, drawn)

    def forced(self, reply: Reply, count: int) -> None:
        """Write the next ``count`` tokens, which the sampler must draw whatever the logits; stop if the reply ends."""
        for token in self._sampler.forced(reply.sampler_slot)[:count]:
            if reply.ended:
                return
            self._sampler.write(reply.sampler_slot, token)
            self._commit(reply, Drawn(token, failed=False, score=None))

    def guessed(self, places: Mapping[Reply, int], logits: Logits, guesses: Guesses, cost: float | None) -> None:
        """Draw tokens for each reply while its guess matches, and the one after that.

        ``places``: the row of ``logits`` that decides each reply's next token; those after each token of its guess
        follow. ``cost``: cost of one guessed token, in steps; None if the tokens were forced rather than guessed.
        """
        drawn: dict[Reply, list[Drawn]] = {reply: [] for reply in places}
        going_on = list(places)
        while going_on:
            rows = [places[reply] + len(drawn[reply]) for reply in going_on]
            for reply, result in zip(going_on, self._draw(going_on, logits.take(rows)), strict=True):
                drawn[reply].append(result)
            going_on = [reply for reply in going_on if _right(drawn[reply], guesses.get(reply, []))]
        for reply, results in drawn.items():
            if guess := guesses.get(reply):
                self._settle(reply, len(results) - 1, len(guess), cost)
            for result in results:
                self._commit(reply, result)

    def _settle(self, reply: Reply, right: int, guessed: int, cost: float | None) -> None:
        """Keep the state after the guess if all of it was right; otherwise go back to the state before it."""
        row = reply.row
        if right == guessed:
            row.fed = len(row.path) + guessed
        else:
            self._pool.roll_back(row)
        if reply.drafts is not None and cost is not None:
            reply.drafts.settle(guessed, right, cost)

    def _draw(self, replies: Sequence[Reply], logits: Logits) -> list[Drawn]:
        scoring = Scoring(logits, [reply.job.request.scores for reply in replies])
        draw = self._sampler.sample(logits, [reply.sampler_slot for reply in replies])
        return [
            Drawn(token, failed, None if failed else scoring.of(row, token, self._sampler.vocabulary))
            for row, (token, failed) in enumerate(zip(draw.tokens.tolist(), draw.failed.tolist(), strict=True))
        ]

    def _commit(self, reply: Reply, drawn: Drawn) -> None:
        if drawn.failed:
            error = None if reply.released else self._sampler.failure(reply.sampler_slot)
            self._replies.fail(reply.job, error or EngineError("the model's output is not a number"))
        elif not reply.ended:
            self._written.count(1)
            self._replies.commit(reply, drawn.token, drawn.score)


def _right(drawn: Sequence[Drawn], guess: Sequence[int]) -> bool:
    """Whether the last token drawn matches the guess, so that the next logits are valid."""
    last = drawn[-1]
    return len(drawn) <= len(guess) and not last.failed and guess[len(drawn) - 1] == last.token
