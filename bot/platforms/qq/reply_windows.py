"""How often a message may be answered: QQ lets a bot answer each one a few times within some minutes.

https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.platforms.line.splitting import split

LONGEST_MESSAGE = 3500  # characters; QQ takes about 4,000
MOST_PIECES = 4  # as many as any message allows
MOST_MESSAGES = 5000  # messages whose answers are counted; the oldest go first


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """A kind of conversation: for so many seconds, so many answers."""

    seconds: float
    answers: int


GROUP = ReplyWindow(300.0, 5)
PRIVATE = ReplyWindow(3600.0, 4)
MARGIN = 5.0  # seconds before the end in which nothing is begun any more: the request takes its time too


@dataclass(slots=True)
class _Used:
    window: ReplyWindow
    until: float
    answers: int = 0
    sequence: int = 0


class ReplyWindows:
    """The answers that each message still allows, and their numbers. A number that was given is never given again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._messages: OrderedDict[str, _Used] = OrderedDict()

    def open(self, message: str, window: ReplyWindow, age: float = 0.0) -> None:
        """A message came in ``age`` seconds ago. One that is known already keeps its count."""
        if message not in self._messages:
            self._messages[message] = _Used(window, self._clock() + window.seconds - age)
        while len(self._messages) > MOST_MESSAGES:
            self._messages.popitem(last=False)

    def left(self, message: str) -> int:
        """How many answers it still allows now."""
        used = self._messages.get(message)
        if used is None or self._clock() > used.until - MARGIN:
            return 0
        return used.window.answers - used.answers

    def take(self, message: str) -> int | None:
        """The ``msg_seq`` of the next answer; None where there may be none."""
        if not self.spend(message):
            return None
        used = self._messages[message]
        used.sequence += 1
        return used.sequence

    def spend(self, message: str) -> bool:
        """Count an answer that has a number of its own. False where there may be none."""
        if self.left(message) <= 0:
            return False
        self._messages[message].answers += 1
        return True

    def give_back(self, message: str) -> None:
        """The answer was refused before it was sent: it may be tried again, under a new number."""
        if (used := self._messages.get(message)) is not None and used.answers:
            used.answers -= 1

    def close(self, message: str) -> None:
        """QQ says that the message can be answered no more."""
        if (used := self._messages.get(message)) is not None:
            used.until = self._clock()


def fitted(pieces: Sequence[str], most: int, limit: int) -> list[str]:
    """``pieces`` as at most ``most`` messages of at most ``limit`` characters, joined only where there are too many.

    What fits into no message is cut off, and an ellipsis says so.
    """
    if len(pieces) <= most and all(len(piece) <= limit for piece in pieces):
        return list(pieces)
    found = split("\n".join(pieces), limit)
    if len(found) <= most:
        return found
    return [*found[: most - 1], f"{found[most - 1][: limit - 1]}…"] if most > 0 else []


def pieces_of(text: str) -> list[str]:
    """A reply as few messages: the same text is always cut the same way, so a piece keeps its number."""
    return fitted(split(text, LONGEST_MESSAGE), MOST_PIECES, LONGEST_MESSAGE)
