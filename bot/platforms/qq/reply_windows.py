"""Reply windows: QQ lets a bot answer each message only a few times, within some minutes.

https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.platforms.line.splitting import split

MAX_MESSAGE_LENGTH = 3500  # characters; QQ allows about 4,000
MAX_PIECES = 4  # allowed for every message
MAX_MESSAGES = 5000  # messages tracked; the oldest are evicted


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """How long and how often a message of one kind can be answered."""

    seconds: float
    answers: int


GROUP = ReplyWindow(300.0, 5)
PRIVATE = ReplyWindow(3600.0, 4)
MARGIN = 5.0  # seconds before the end of a window after which no request is started, since it takes time itself


@dataclass(slots=True)
class _OpenWindow:
    window: ReplyWindow
    until: float
    answers: int = 0
    sequence: int = 0


class ReplyWindows:
    """Tracks how many answers each message still allows, and numbers them. Numbers are never reused."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._messages: OrderedDict[str, _OpenWindow] = OrderedDict()

    def open(self, message: str, window: ReplyWindow, age: float = 0.0) -> None:
        """Open the window of a message that is ``age`` seconds old. A known message keeps its count."""
        if message not in self._messages:
            self._messages[message] = _OpenWindow(window, self._clock() + window.seconds - age)
        while len(self._messages) > MAX_MESSAGES:
            self._messages.popitem(last=False)

    def left(self, message: str) -> int:
        """Return how many answers the message still allows."""
        used = self._messages.get(message)
        if used is None or self._clock() > used.until - MARGIN:
            return 0
        return used.window.answers - used.answers

    def take(self, message: str) -> int | None:
        """Return the ``msg_seq`` for the next answer; None if no more are allowed."""
        if not self.spend(message):
            return None
        used = self._messages[message]
        used.sequence += 1
        return used.sequence

    def spend(self, message: str) -> bool:
        """Count an answer that has its own number. Returns False if no more are allowed."""
        if self.left(message) <= 0:
            return False
        self._messages[message].answers += 1
        return True

    def give_back(self, message: str) -> None:
        """Uncount an answer that was refused, so that it can be retried under a new number."""
        if (used := self._messages.get(message)) is not None and used.answers:
            used.answers -= 1

    def close(self, message: str) -> None:
        """Close the window early, because QQ says that it is over."""
        if (used := self._messages.get(message)) is not None:
            used.until = self._clock()


def fitted(pieces: Sequence[str], most: int, limit: int) -> list[str]:
    """Fit ``pieces`` into at most ``most`` messages of ``limit`` characters, joining them only if there are too many.

    Text that exceeds this is cut off and ends with an ellipsis.
    """
    if len(pieces) <= most and all(len(piece) <= limit for piece in pieces):
        return list(pieces)
    found = split("\n".join(pieces), limit)
    if len(found) <= most:
        return found
    return [*found[: most - 1], f"{found[most - 1][: limit - 1]}…"] if most > 0 else []


def pieces_of(text: str) -> list[str]:
    """Split a reply into few messages. The result depends only on the text, so pieces keep their numbers."""
    return fitted(split(text, MAX_MESSAGE_LENGTH), MAX_PIECES, MAX_MESSAGE_LENGTH)
