"""How much one person, one channel and one guild may ask for, by the minute and by the day. Asked before the queue."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields

from bot.errors import Busy
from bot.i18n import N_

MINUTE, DAY = 60.0, 86400.0  # seconds
MOST_COUNTERS = 20_000  # people and places remembered; the ones that were silent longest go first
FLOOD_FACTOR = 4  # commands that need no model are only kept from flooding

TOO_FAST = {
    "user": N_("Slow down, please: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "channel": N_("This channel is busy: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "guild": N_("This server is busy: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "address": N_("Your network sends much: {limit} messages a minute are allowed. Try again in {seconds} s."),
}
USED_UP = {
    "user": N_("That was your {limit} messages for today. Try again in {hours} h."),
    "channel": N_("That was this channel's {limit} messages for today. Try again in {hours} h."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Messages; 0 is no limit."""

    user_per_minute: int = 20
    user_per_day: int = 0
    channel_per_minute: int = 60
    channel_per_day: int = 0
    guild_per_minute: int = 0
    address_per_minute: int = 120

    def tightened(self, other: Mapping[str, int]) -> "Limits":
        """The stricter of both, limit by limit: a guild may lower what the owner allows, never raise it."""
        mine = asdict(self)
        both = {name: _stricter(mine[name], int(other.get(name, 0))) for name in mine}
        return Limits(**both)


def _stricter(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


LIMIT_NAMES = tuple(item.name for item in fields(Limits))


class Window:
    """The times of the last events, and how many there were today."""

    __slots__ = ("day", "times", "today")

    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self.day = 0
        self.today = 0


class RateLimiter:
    """Counts in memory. ``spend`` either counts for everybody concerned or raises and counts for none."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._windows: dict[str, Window] = {}

    def spend(
        self,
        limits: Limits,
        *,
        user: str,
        channel: str,
        guild: str | None,
        address: str | None = None,
        light: bool = False,
    ) -> None:
        """Count one message. Raises Busy that tells the limit and the time to wait.

        ``address``: the network it came from, where anybody can be as many users as they like.
        ``light``: it does not need the model, so only a flood of them is refused.
        """
        now = self._clock()
        places = [("user", user, limits.user_per_minute, limits.user_per_day)]
        if address:
            places.append(("address", address, limits.address_per_minute, 0))
        if not light:
            places.append(("channel", channel, limits.channel_per_minute, limits.channel_per_day))
            if guild:
                places.append(("guild", guild, limits.guild_per_minute, 0))
        checked: list[Window] = []
        for kind, key, per_minute, per_day in places:
            window = self._window(f"{kind}{'-light' if light else ''}:{key}", now)
            minute = per_minute * FLOOD_FACTOR if light else per_minute
            self._check(kind, window, minute, 0 if light else per_day, now)
            checked.append(window)
        for window in checked:
            window.times.append(now)
            window.today += 1

    def _window(self, key: str, now: float) -> Window:
        window = self._windows.pop(key, None) or Window()
        self._windows[key] = window  # the most recent stands last
        if len(self._windows) > MOST_COUNTERS:
            del self._windows[next(iter(self._windows))]
        while window.times and now - window.times[0] >= MINUTE:
            window.times.popleft()
        if window.day != int(now // DAY):
            window.day, window.today = int(now // DAY), 0
        return window

    def _check(self, kind: str, window: Window, per_minute: int, per_day: int, now: float) -> None:
        if per_minute and len(window.times) >= per_minute:
            wait = MINUTE - (now - window.times[-per_minute])
            raise Busy(TOO_FAST[kind], limit=per_minute, seconds=max(1, round(wait)))
        if per_day and window.today >= per_day:
            wait = DAY - now % DAY
            raise Busy(USED_UP[kind], limit=per_day, hours=max(1, round(wait / 3600)))

    def seed_today(self, kind: str, key: str, count: int) -> None:
        """What was counted today before this program started."""
        window = self._window(f"{kind}:{key}", self._clock())
        window.today = max(window.today, count)

    def knows(self, kind: str, key: str) -> bool:
        """Whether anything was counted for it since the start."""
        return f"{kind}:{key}" in self._windows
