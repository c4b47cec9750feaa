"""Writing to a response's body without a coroutine, while the connection takes what is written."""

import time

import h11
from uvicorn.protocols.http.h11_impl import RequestResponseCycle


class ResponseWriter:
    """The body of the response that ``cycle`` sends. The response is begun and ended with the cycle's ``send``."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
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
        cycle, self.last_write = self._cycle, time.monotonic()
        if data := cycle.conn.send(event=h11.Data(data=body)):
            cycle.transport.write(data)
