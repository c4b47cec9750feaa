"""Where the results of one request wait for their reader."""

import asyncio
from collections import deque
from dataclasses import replace

from bot.engine.types import Chunk, Request


class Mailbox:
    """The results of one request. Belongs to the event loop's thread.

    A slow reader costs no more memory than the text of its replies: waiting pieces are joined. While the reader waits
    and nothing is unread, pieces are offered to ``request.direct`` first.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.open_candidates = request.n  # candidates whose last piece has not been read yet
        self._waiting: deque[Chunk] = deque()
        self._error: Exception | None = None
        self._ready = asyncio.Event()
        self._reading = False  # whether the reader waits for the next piece

    @property
    def complete(self) -> bool:
        """Whether every result has arrived."""
        finished = sum(chunk.finish_reason is not None for chunk in self._waiting)
        return self._error is not None or finished >= self.open_candidates

    @property
    def waiting(self) -> int:
        """Number of unread pieces."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether the reader waits and nothing is unread."""
        return self._reading and not self._ready.is_set()

    def put(self, result: Chunk | Exception) -> None:
        """Add a result; nothing can follow an exception."""
        if self._takes_directly(result):
            return
        self._ready.set()
        if isinstance(result, Exception):
            self._error = self._error or result
            return
        for place in range(len(self._waiting) - 1, -1, -1):
            last = self._waiting[place]
            if last.index == result.index:
                if last.finish_reason is None:
                    self._waiting[place] = replace(
                        result, text=last.text + result.text, scores=(*last.scores, *result.scores)
                    )
                    return
                break
        self._waiting.append(result)

    def _takes_directly(self, result: Chunk | Exception) -> bool:
        direct = self.request.direct
        if direct is None or not self.idle or isinstance(result, Exception):
            return False
        return result.finish_reason is None and direct(result)

    async def get(self) -> Chunk:
        """Wait for the next piece and return it. Raises the request's error after the pieces before it."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            self._ready.clear()
            self._reading = True
            try:
                await self._ready.wait()
            finally:
                self._reading = False
        chunk = self._waiting.popleft()
        if chunk.finish_reason is not None:
            self.open_candidates -= 1
        return chunk
