"""Tracks channels in which the account is muted, or paused because QQ seems to hold its messages back."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_LOST = 3  # consecutive sends
PAUSE_SECONDS = 3600.0  # seconds
REMEMBERED = 4096  # channels


@dataclass(slots=True)
class ChannelProblems:
    """The problems of one channel."""

    lost: int = 0  # consecutive sends with unknown outcome
    paused_until: float = 0.0
    muted_until: float = 0.0


class ChannelHealth:
    """Remembers channels with problems."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._channels: OrderedDict[str, ChannelProblems] = OrderedDict()

    def lost(self, channel: str) -> bool:
        """Record a send with unknown outcome. Returns whether the channel is paused from now on."""
        problems = self._problems_of(channel)
        problems.lost += 1
        if problems.lost < MAX_LOST:
            return False
        problems.lost, problems.paused_until = 0, self._clock() + PAUSE_SECONDS
        return True

    def arrived(self, channel: str) -> None:
        """Reset the count of lost sends."""
        if channel in self._channels:
            self._channels[channel].lost = 0

    def mute(self, channel: str, seconds: float) -> None:
        """Record a mute for ``seconds``; 0 lifts it."""
        self._problems_of(channel).muted_until = self._clock() + seconds if seconds > 0 else 0.0

    def problem(self, channel: str) -> str:
        """Return why nothing can be sent there now; empty if there is no problem."""
        problems, now = self._channels.get(channel), self._clock()
        if problems is None:
            return ""
        if problems.muted_until > now:
            return "the account is muted there"
        return "the account rests there: QQ seems to hold its messages back" if problems.paused_until > now else ""

    def _problems_of(self, channel: str) -> ChannelProblems:
        problems = self._channels.setdefault(channel, ChannelProblems())
        self._channels.move_to_end(channel)
        while len(self._channels) > REMEMBERED:
            self._channels.popitem(last=False)
        return problems
