"""Challenges for passkeys to sign: each is valid once, for a few minutes and for one purpose."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 300.0
MAX_CHALLENGES = 10_000
MAX_PER_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class _OpenChallenge:
    purpose: str
    address: str
    until: float


class Challenges:
    """The open challenges, in memory. Beyond the limits the oldest is evicted, first of all of the same address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[bytes, _OpenChallenge] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def make(self, purpose: str, address: str) -> bytes:
        own = [challenge for challenge, one in self._open.items() if one.address == address]
        for old in own[: max(0, len(own) - MAX_PER_ADDRESS + 1)]:
            del self._open[old]
        if len(self._open) >= MAX_CHALLENGES:
            self._open.popitem(last=False)
        challenge = secrets.token_bytes(32)
        self._open[challenge] = _OpenChallenge(purpose, address, self._clock() + SECONDS)
        return challenge

    def take(self, challenge: bytes, purpose: str) -> bool:
        """Consume a challenge. Return whether it was valid for ``purpose``."""
        found = self._open.pop(challenge, None)
        return found is not None and found.purpose == purpose and self._clock() < found.until
