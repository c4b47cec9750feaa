"""Rate limits as Discord counts them: one bucket per route and channel, in every response's headers; 429 beyond."""

import random
import re
import time
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from tests.wire_discord.answers import answer

# path pattern, requests, seconds
BUCKETS = (
    ("POST", r"/channels/\d+/messages", 5, 5.0),
    ("PATCH", r"/channels/\d+/messages/\d+", 5, 5.0),
    ("DELETE", r"/channels/\d+/messages/\d+", 5, 1.0),
    ("POST", r"/webhooks/\d+/[\w-]+", 5, 2.0),
    ("PATCH", r"/webhooks/\d+/[\w-]+/messages/.*", 5, 5.0),
    ("POST", r"/channels/\d+/typing", 5, 5.0),
)
GLOBAL = 50  # requests per second
EXEMPT = re.compile(r"/interactions/|/webhooks/.*/messages/@original")


@dataclass(slots=True)
class Rates:
    """Counts requests and refuses excess ones; a ``share`` of the requests is refused at random."""

    share: float = 0.0
    retry_after: float = 0.3  # retry-after seconds of a random refusal
    draw: random.Random = field(default_factory=lambda: random.Random(1))
    over: list[str] = field(default_factory=list)  # requests beyond a limit that the headers had announced
    refused: int = 0  # all 429s
    edits: dict[str, list[float]] = field(default_factory=dict)  # channel -> times of accepted edits
    _times: dict[str, deque[float]] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=deque)

    def check(self, request: web.Request) -> tuple[web.Response | None, dict[str, str]]:
        """Return a refusal or None, and the headers with the bucket's state."""
        now = time.monotonic()
        path = request.path.removeprefix("/api")
        while self._all and now - self._all[0] > 1:
            self._all.popleft()
        self._all.append(now)
        if len(self._all) > GLOBAL and not EXEMPT.search(path):
            return self._refuse(1 - (now - self._all[0]), everywhere=True), {}
        if self.share and self.draw.random() < self.share:
            return self._refuse(self.retry_after), {}
        for place, (method, shape, most, seconds) in enumerate(BUCKETS):
            if request.method == method and re.fullmatch(shape, path) and not EXEMPT.search(path):
                return self._bucket(f"{place}:{path.split('/')[2]}", path, place, most, seconds, now)
        return None, {}

    def _bucket(
        self, key: str, path: str, place: int, most: int, seconds: float, now: float
    ) -> tuple[web.Response | None, dict[str, str]]:
        times = self._times.setdefault(key, deque())
        while times and now - times[0] >= seconds:
            times.popleft()
        if len(times) >= most:
            self.over.append(path)
            return self._refuse(seconds - (now - times[0])), {}
        times.append(now)
        if BUCKETS[place][0] == "PATCH" and path.startswith("/channels"):
            self.edits.setdefault(path.split("/")[2], []).append(now)
        return None, {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - len(times)),
            "X-RateLimit-Reset-After": f"{seconds - (now - times[0]):.3f}",
            "X-RateLimit-Reset": f"{time.time() + seconds - (now - times[0]):.3f}",
            "X-RateLimit-Bucket": f"bucket{place}",
        }

    def _refuse(self, wait: float, *, everywhere: bool = False) -> web.Response:
        self.refused += 1
        wait = max(0.05, round(wait, 3))
        headers = {"Via": "1.1 wire", "Retry-After": str(int(wait) + 1), "X-RateLimit-Scope": "user"}
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": everywhere}
        return answer(body, status=429, headers=headers)
