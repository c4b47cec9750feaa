"""Turns on their way through the dispatcher. A turn belongs to the server: clients watch it, leave and come back."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence

from starlette.types import Receive

from bot.events import Called, Dispatcher, Event, NullSink, Origin, Said
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.web_sink import WebSink

TURNS_PER_VISITOR = 4  # at the same time; a person needs one, and another to stop it
WIND_UP_SECONDS = 5.0  # for a cancelled turn to commit what it has
KEEP_SECONDS = 60.0  # for a page that is being loaded again to fetch an answer that nobody has had
MOST_KEPT = 100  # such answers


class Turn:
    """A running or finished ``dispatcher.handle``.

    ``key`` is the client's own name for its message: sent twice, it is answered once.
    """

    def __init__(self, dispatcher: Dispatcher, event: Event, key: str, after: "AfterTurn") -> None:
        self.id = secrets.token_hex(8)
        self.event = event
        self.key = key
        self.sink = WebSink()
        self._task = asyncio.create_task(self._run(dispatcher, after), name="web turn")
        self._task.add_done_callback(lambda _: self.sink.finish())

    async def _run(self, dispatcher: Dispatcher, after: "AfterTurn") -> None:
        await dispatcher.handle(self.event, self.sink)
        await after(self)

    @property
    def running(self) -> bool:
        """Whether the answer is still being made."""
        return not self._task.done()

    @property
    def channel(self) -> str:
        """The conversation it belongs to."""
        return self.event.origin.channel

    @property
    def visitor(self) -> str:
        """Who may watch it."""
        return self.event.origin.author.id

    def when_done(self, call: Callable[["Turn"], None]) -> None:
        """Call ``call`` once, when the answer is made."""
        self._task.add_done_callback(lambda _: call(self))

    async def wait(self, receive: Receive) -> bool:
        """Wait for the end of the turn or of the client. Whether the client is still there."""
        gone = asyncio.create_task(_disconnect(receive))
        try:
            await asyncio.wait({self._task, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left = gone.done()
            gone.cancel()
            await asyncio.wait({gone})
        return not left

    async def finished(self) -> None:
        """Wait for the end of the turn; cancelling this wait leaves the turn alone."""
        await asyncio.wait({self._task})

    async def close(self) -> None:
        """Cut the turn if it still runs; what was written is committed by the conversation."""
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=WIND_UP_SECONDS)
        if self._task.done() and not self._task.cancelled():
            self._task.result()  # dispatch never raises; if it does, that is a defect to be seen

    def values(self) -> dict[str, object]:
        """What a page needs to show it and to watch it."""
        event = self.event
        typed = event.text if isinstance(event, Said) else ""
        command = event.command if isinstance(event, Called) else ""
        node = event.node if isinstance(event, Said | Called) else None
        return {"id": self.id, "key": self.key, "text": typed, "command": command, "node": node}


AfterTurn = Callable[[Turn], Awaitable[None]]


async def nothing_more(turn: Turn) -> None:
    """What follows most turns."""


class Turns:
    """All turns that run for web clients, and answers that nobody has had yet, for a minute."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._turns: dict[str, Turn] = {}  # by id, in the order in which they began
        self._closing = False

    def start(self, event: Event, *, key: str = "", after: AfterTurn = nothing_more) -> Turn:
        """Hand ``event`` to the dispatcher, then ``after``. Raises Problem when the visitor has too many turns."""
        if self._closing:
            raise Problem(503, "closing", "Roost is shutting down. Please try again in a moment.")
        own = [turn for turn in self._turns.values() if turn.visitor == event.origin.author.id]
        if key and (known := next((turn for turn in own if turn.key == key), None)) is not None:
            return known
        running = sum(turn.running for turn in own)
        if running >= TURNS_PER_VISITOR:
            raise Problem(
                429,
                "too_many_requests",
                "One at a time, please: {count} answers are still being written for you.",
                count=running,
            )
        turn = Turn(self._dispatcher, event, key, after)
        self._turns[turn.id] = turn
        turn.when_done(self._keep)
        return turn

    def find(self, visitor: str, identity: str) -> Turn | None:
        """A turn to watch; None when it is over (the history has it then), or another visitor's."""
        turn = self._turns.get(identity)
        return turn if turn is not None and turn.visitor == visitor else None

    def of(self, visitor: str, channel: str) -> list[Turn]:
        """The turns of a conversation that are running, or that no client has had."""
        own = [turn for turn in self._turns.values() if turn.channel == channel and turn.visitor == visitor]
        return [turn for turn in own if turn.running or not turn.sink.delivered]

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """Values of a command's option for autocompletion."""
        return await self._dispatcher.complete(origin, command, option, prefix)

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Replies of earlier, past the plugins' filters."""
        return await self._dispatcher.shown(origin, texts)

    async def refuses(self, origin: Origin) -> bool:
        """Whether somebody may not use the bot."""
        return await self._dispatcher.refuses(origin)

    async def release(self, turn: Turn) -> None:
        """A client stops watching: the turn goes on; once a client has had all of it, it is forgotten."""
        if not turn.running and turn.sink.delivered:
            self._turns.pop(turn.id, None)

    async def end(self, turn: Turn) -> None:
        """The only client that can get the answer has it, or is gone: the turn is cut if it still runs."""
        self._turns.pop(turn.id, None)
        await turn.close()

    def _keep(self, turn: Turn) -> None:
        if turn.id not in self._turns:
            return
        kept = [other for other in self._turns.values() if not other.running]
        for old in kept[:-MOST_KEPT]:
            self._turns.pop(old.id, None)
        asyncio.get_running_loop().call_later(KEEP_SECONDS, self._turns.pop, turn.id, None)

    async def close(self, patience_seconds: float = 2.0) -> None:
        """Take no more; stop the replies that are being written, and let their ends reach the clients."""
        self._closing = True
        turns = [turn for turn in self._turns.values() if turn.running]
        if not turns:
            return
        stops = {turn.channel: turn.event.origin for turn in turns}
        waits = [asyncio.create_task(turn.finished()) for turn in turns]
        waits += [asyncio.create_task(self._stop(origin)) for origin in stops.values()]
        _, late = await asyncio.wait(waits, timeout=patience_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*(turn.close() for turn in turns if turn.running))

    async def _stop(self, origin: Origin) -> None:
        await self._dispatcher.handle(Called(origin=origin, command="stop"), NullSink())


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
