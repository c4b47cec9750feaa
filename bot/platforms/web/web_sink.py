"""Buffers a turn's frames and replies until clients read them. The turn never waits for a client."""

import asyncio
import base64
from collections.abc import AsyncIterator

from bot.events import Reply, in_one
from bot.platforms.web.event_stream import Event


class WebSink:
    """Keeps the finished replies and the latest frame. Any number of clients may read it, each from the beginning."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.delivered = False  # a client has received everything
        self._frame: Reply | None = None  # of the reply being written, which follows those in ``replies``
        self._typing = False
        self._finished = False
        self._readers: set[asyncio.Event] = set()

    async def typing(self) -> None:
        self._typing = True
        self._wake()

    async def update(self, reply: Reply) -> None:
        """Replace the latest frame."""
        self._frame = in_one(reply)
        self._wake()

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Add a finished reply. Web pages identify turns by node id, so there are no message ids."""
        self._frame = None
        self.replies.append(in_one(reply))
        self._wake()
        return ()

    def finish(self) -> None:
        """Mark the turn as finished: nothing more follows."""
        self._finished = True
        self._wake()

    def _wake(self) -> None:
        for news in self._readers:
            news.set()

    async def events(self) -> AsyncIterator[Event]:
        """Yield typing, delta or text (the frame), reply (a finished one), and done at the end.

        A client that joins late gets the finished replies and the latest frame in full.
        """
        news = asyncio.Event()
        news.set()
        self._readers.add(news)
        typed, sent, shown = False, 0, ""  # what this client has; ``shown`` is the text of the unfinished reply
        try:
            while True:
                await news.wait()
                news.clear()
                if self._typing and not typed:
                    typed = True
                    yield {"type": "typing"}
                while sent < len(self.replies):
                    yield {"type": "reply", **reply_values(self.replies[sent])}
                    sent, shown = sent + 1, ""
                frame = self._frame
                if frame is not None and frame.text != shown:
                    yield _difference(shown, frame)
                    shown = frame.text
                if self._finished and not news.is_set():
                    self.delivered = True
                    yield {"type": "done"}
                    return
        finally:
            self._readers.discard(news)


def _difference(shown: str, frame: Reply) -> Event:
    speaker = {"speaker": frame.speaker.name} if frame.speaker and not shown else {}
    if frame.text.startswith(shown):
        return {"type": "delta", "text": frame.text[len(shown) :], **speaker}
    return {"type": "text", "text": frame.text, **speaker}


def reply_values(reply: Reply) -> dict[str, object]:
    """Return a finished reply as JSON values, with its whole text: a client may ignore all earlier events."""
    values: dict[str, object] = {
        "kind": reply.kind,
        "text": reply.text,
        "node": reply.node,
        "position": list(reply.position) if reply.position else None,
        "actions": list(reply.actions),
        "finish_reason": reply.finish_reason,
    }
    if reply.speaker:
        values["speaker"] = reply.speaker.name
        if reply.speaker.avatar:
            values["avatar"] = reply.speaker.avatar
    if reply.files:
        values["files"] = [
            {"name": file.name, "mime": file.mime, "data": base64.b64encode(file.data).decode()} for file in reply.files
        ]
    return values
