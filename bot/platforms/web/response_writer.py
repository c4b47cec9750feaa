"""Writing to a response's body without a coroutine, while the connection takes what is written."""

import time

from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from bot.platforms.web.chunked_connection import ChunkedConnection
from bot.platforms.web.held_writes import HeldWrites

MAX_HELD = 16 * 1024  # bytes


class ResponseWriter:
    """The body of the response that ``cycle`` sends. The response is begun and ended with the cycle's ``send``.

    What follows a write too soon is held for a moment, in the connection: whatever is sent otherwise comes after it.
    """

    def __init__(self, cycle: RequestResponseCycle, connection: ChunkedConnection, held: HeldWrites) -> None:
        self._cycle = cycle
        self._connection = connection
        self._held = held
        self.last_write = 0.0

    @property
    def ready(self) -> bool:
        """Whether the response has begun and not ended, and the client is there and takes what is written."""
        cycle = self._cycle
        return cycle.response_started and not (
            cycle.response_complete or cycle.disconnected or cycle.flow.write_paused or cycle.transport.is_closing()
        )

    def write(self, body: bytes) -> None:
        """Write a part of the body; only while ``ready``."""
        held = self._connection.held = self._connection.held + body
        if time.monotonic() - self.last_write >= self._held.seconds or len(held) > MAX_HELD:
            self.flush()
        elif held:
            self._held.add(self)

    def flush(self) -> None:
        """Write what is held, unless the client takes nothing: it then remains for what is sent next."""
        if self._connection.held and self.ready:
            self.last_write = time.monotonic()
            self._cycle.transport.write(self._connection.encoded(b""))
        self._held.remove(self)
