"""Open pages listening for events: announcements, and changes made in the same visitor's other tabs."""

import asyncio
from collections.abc import AsyncIterator, Collection

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.event_stream import Event

PAGES_PER_VISITOR = 10
PAGES_PER_ADDRESS = 64
BACKLOG = 16  # events queued for a slow page; beyond that the oldest is dropped


class Listener:
    """An open page."""

    def __init__(self, visitor: str, tab: str, address: str | None = None, sign_in: str = "") -> None:
        self.visitor = visitor
        self.sign_in = sign_in  # session id, if the browser is signed in to an account
        self.address = address
        self.tab = tab
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(BACKLOG)

    def put(self, event: Event | None) -> None:
        """Queue ``event``; None ends the stream."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(event)

    async def events(self) -> AsyncIterator[Event]:
        """Yield events as they come, starting with ``hello`` once connected."""
        yield {"type": "hello"}
        while (event := await self._queue.get()) is not None:
            yield event


class OpenPages:
    """The open pages."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most  # limit on pages listening at once
        self._listeners: set[Listener] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, visitor: str, tab: str, address: str | None = None, sign_in: str = "") -> Listener:
        """Register a page. Raises Problem if there are too many: in total, per visitor or per address."""
        if len(self._listeners) >= self._most:
            raise Problem(503, "too_many_pages", "Too many pages are open here. Please try again later.")
        if sum(listener.visitor == visitor for listener in self._listeners) >= PAGES_PER_VISITOR:
            raise Problem(429, "too_many_pages", "Too many pages are open here. Please try again later.")
        if sum(listener.address == address for listener in self._listeners) >= PAGES_PER_ADDRESS:
            raise Problem(429, "too_many_pages", "Too many pages are open here. Please try again later.")
        listener = Listener(visitor, tab, address, sign_in)
        self._listeners.add(listener)
        if self._is_closed:
            listener.put(None)
        return listener

    async def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def announce(self, text: str) -> int:
        """Show ``text`` on all open pages; return the number of visitors reached."""
        for listener in self._listeners:
            listener.put({"type": "announcement", "text": text})
        return len({listener.visitor for listener in self._listeners})

    def tell(self, visitor: str, tab: str, event: Event) -> None:
        """Send ``event`` to the visitor's pages other than ``tab``."""
        for listener in self._listeners:
            if listener.visitor == visitor and listener.tab != tab:
                listener.put(event)

    def sign_out(self, sign_ins: Collection[str]) -> None:
        """Notify the pages of signed-out browsers and end their streams."""
        for listener in self._listeners:
            if listener.sign_in in sign_ins:
                listener.put({"type": "signed_out"})
                listener.put(None)

    def close(self) -> None:
        """End all streams, those of pages that join later too."""
        self._is_closed = True
        for listener in self._listeners:
            listener.put(None)
