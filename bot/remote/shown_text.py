"""What has been passed on of a reply, so that a second run on another replica continues where the first stopped."""

from collections import defaultdict
from dataclasses import replace

from bot.engine.types import Chunk, EngineError

DIFFERENT = "an engine was lost, and the reply came out differently on another one"


class ShownText:
    """The text of every candidate so far. A second run with the same seed repeats it, which is checked, not sent."""

    def __init__(self) -> None:
        self._shown: defaultdict[int, str] = defaultdict(str)
        self._scores: defaultdict[int, int] = defaultdict(int)  # number of scores passed on
        self._ended: set[int] = set()
        self._again: defaultdict[int, str] = defaultdict(str)  # text of the current run
        self._scores_again: defaultdict[int, int] = defaultdict(int)

    @property
    def begun(self) -> bool:
        """Whether anything has been passed on."""
        return bool(self._shown)

    def run_again(self) -> None:
        """Restart the reply from its beginning."""
        self._again.clear()
        self._scores_again.clear()

    def new(self, chunk: Chunk) -> Chunk | None:
        """Return the part of ``chunk`` not passed on yet, or None. Raises ``EngineError`` if the runs differ."""
        index = chunk.index
        self._again[index] += chunk.text
        known, again = self._shown[index], self._again[index]
        shorter = min(len(known), len(again))
        if known[:shorter] != again[:shorter] or (chunk.finish_reason is not None and len(again) < len(known)):
            raise EngineError(DIFFERENT)
        if index in self._ended:
            return None
        skipped = max(0, self._scores[index] - self._scores_again[index])
        self._scores_again[index] += len(chunk.scores)
        fresh, scores = again[len(known) :], chunk.scores[skipped:]
        if not fresh and not scores and chunk.finish_reason is None and chunk.text:
            return None
        self._shown[index] = known + fresh
        self._scores[index] = max(self._scores[index], self._scores_again[index])
        if chunk.finish_reason is not None:
            self._ended.add(index)
        return replace(chunk, text=fresh, scores=scores)
