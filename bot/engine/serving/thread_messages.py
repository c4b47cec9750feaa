"""Messages between the event loop and the engine's thread: requests in, results out."""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.mailbox import Mailbox
from bot.engine.types import Chunk, EngineError


@dataclass(frozen=True, slots=True)
class Submit:
    """Run the mailbox's request."""

    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the mailbox's request: its reader is gone."""

    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class Call:
    """Run ``function`` in the engine's thread and set ``future`` to its result or its exception."""

    function: Callable[[Engine], Any]
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """The last message."""


Message = Submit | Cancel | Call | Stop


class Inbox:
    """Messages to the engine's thread. A closed inbox refuses messages, so that none is left unanswered."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the inbox refuses messages."""
        return self._closed

    def put(self, message: Message) -> None:
        """Add a message; raises ``EngineError`` if the thread has ended."""
        with self._lock:
            if self._closed:
                raise EngineError("the engine is not running")
            self._messages.put(message)

    def get(self, *, block: bool) -> Message:
        """Return the next message; raises ``queue.Empty`` if there is none and ``block`` is false."""
        return self._messages.get(block=block)

    def close(self) -> list[Message]:
        """Refuse messages from now on; return those not taken yet."""
        with self._lock:
            self._closed = True
            return [self._messages.get() for _ in range(self._messages.qsize())]


@dataclass(slots=True)
class ResultBatch:
    """Results for the event loop, delivered together once per step."""

    loop: asyncio.AbstractEventLoop
    results: list[tuple[Mailbox, Chunk | Exception]] = field(default_factory=list)

    def add(self, mailbox: Mailbox, result: Chunk | Exception) -> None:
        """Add ``result`` to the next delivery."""
        self.results.append((mailbox, result))

    def send(self) -> None:
        """Deliver the results added so far."""
        if self.results:
            results, self.results = self.results, []
            self._soon(_deliver, results)

    def answer(self, future: asyncio.Future[Any], result: object = None, error: BaseException | None = None) -> None:
        """Complete ``future`` unless it is already done."""
        self._soon(_complete, future, result, error)

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop was closed: there is no one left to notify
            if not self.loop.is_closed():
                raise


def _deliver(results: list[tuple[Mailbox, Chunk | Exception]]) -> None:
    for mailbox, result in results:
        mailbox.put(result)


def _complete(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
