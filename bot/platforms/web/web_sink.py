"""Where a turn's frames and replies wait until the client takes them. Nothing in here waits for the client."""

import asyncio
import base64
from collections import deque
from collections.abc import AsyncIterator

from bot.events import Reply
from bot.platforms.web.event_stream import Event


class WebSink:
    """Keeps the finished replies and the latest frame only: a slow client costs the memory of one text."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self._unsent: deque[Reply] = deque()
        self._frame: Reply | None = None  # always of a later reply than those in _unsent
        self._typing = False
        self._finished = False
        self._news = asyncio.Event()

    async def typing(self) -> None:
        """Show that an answer is being made."""
        self._typing = True
        self._news.set()

    async def update(self, reply: Reply) -> None:
        """Replace the frame that waits."""
        self._frame = reply
        self._news.set()

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Queue a finished reply. Web pages know turns by their numbers, so there are no message ids."""
        self._frame = None
        self.replies.append(reply)
        self._unsent.append(reply)
        self._news.set()
        return ()

    def finish(self) -> None:
        """No more is coming."""
        self._finished = True
        self._news.set()

    async def events(self) -> AsyncIterator[Event]:
        """What to send, until ``finish``: typing, delta or text (the frame), reply (finished), and done at the end."""
        shown = ""  # what the client has of the unfinished reply
        while True:
            await self._news.wait()
            self._news.clear()
            if self._typing:
                self._typing = False
                yield {"type": "typing"}
            while self._unsent:
                yield {"type": "reply", **reply_values(self._unsent.popleft())}
                shown = ""
            frame, self._frame = self._frame, None
            if frame is not None and frame.text != shown:
                yield _difference(shown, frame.text)
                shown = frame.text
            if self._finished and not self._unsent and self._frame is None:
                yield {"type": "done"}
                return


def _difference(shown: str, text: str) -> Event:
    if text.startswith(shown):
        return {"type": "delta", "text": text[len(shown) :]}
    return {"type": "text", "text": text}


def reply_values(reply: Reply) -> dict[str, object]:
    """A finished reply as JSON values; the whole text, so that a client may ignore all that came before."""
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
    if reply.files:
        values["files"] = [
            {"name": file.name, "mime": file.mime, "data": base64.b64encode(file.data).decode()} for file in reply.files
        ]
    return values
