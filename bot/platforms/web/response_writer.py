"""Writing to a response's body without a coroutine, while the connection takes what is written."""

import time

from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from bot.platforms.web.chunked_connection import ChunkedConnection


class ResponseWriter:
    """The body of the response that ``cycle`` sends. The response is begun and ended with the cycle's ``send``."""

    def __init__(self, cycle: RequestResponseCycle, connection: ChunkedConnection) -> None:
        self._cycle = cycle
        self._connection = connection
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
        self.last_write = time.monotonic()
        if data := self._connection.encoded(body):
            self._cycle.transport.write(data)
