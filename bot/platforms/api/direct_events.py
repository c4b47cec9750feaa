"""Chunks that go from the engine's delivery to the connection in one call, without waking the stream's task.

At 32 streams, waking a task for each stream and step costs more than everything else that HTTP does for a token.
"""

from collections.abc import Callable

from bot.engine.types import Chunk
from bot.platforms.api.api_events import EncodedEvent
from bot.platforms.web.event_stream import BodyWriter

Render = Callable[[Chunk], EncodedEvent | None]


class DirectEvents:
    """Takes the chunks of one stream while its connection is writable; the others go through the stream's task.

    ``render`` returns the events of a chunk, or None if the task must handle it.
    """

    def __init__(self, render: Render) -> None:
        self._render = render
        self._writer: BodyWriter | None = None

    def open(self, writer: BodyWriter) -> None:
        """Write to ``writer`` from now on."""
        self._writer = writer

    def __call__(self, chunk: Chunk) -> bool:
        """Send ``chunk`` and return True, or return False."""
        if self._writer is None or not self._writer.ready:
            return False
        body = self._render(chunk)
        if body:
            self._writer.write(body)
        return body is not None
