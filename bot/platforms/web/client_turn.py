"""Turns being handled by the dispatcher. The server owns a turn: clients can disconnect and watch it again."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence

from starlette.types import Receive

from bot.events import Called, Dispatcher, Event, NullSink, Origin, Said
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.web_sink import WebSink

TURNS_PER_VISITOR = 4  # concurrent; a person needs one for a reply and one to stop it
WIND_UP_SECONDS = 5.0  # for a cancelled turn to commit its partial reply
KEEP_SECONDS = 60.0  # how long an undelivered reply is kept for a page that is reloading
MAX_KEPT = 100  # finished turns kept


class ClientTurn:
    """A running or finished ``dispatcher.handle``.

    ``key`` is the client's idempotency key: a message sent twice with it is answered once.
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
        """Whether the reply is still being generated."""
        return not self._task.done()

    @property
    def channel(self) -> str:
        """The channel it belongs to."""
        return self.event.origin.channel

    @property
    def visitor(self) -> str:
        """The visitor who may watch it."""
        return self.event.origin.author.id

    def when_done(self, call: Callable[["ClientTurn"], None]) -> None:
        """Call ``call`` once when the turn ends."""
        self._task.add_done_callback(lambda _: call(self))

    async def wait(self, receive: Receive) -> bool:
        """Wait until the turn ends or the client disconnects. Return whether the client is still connected."""
        gone = asyncio.create_task(_disconnect(receive))
        try:
            await asyncio.wait({self._task, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left = gone.done()
            gone.cancel()
            await asyncio.wait({gone})
        return not left

    async def finished(self) -> None:
        """Wait until the turn ends. Cancelling the wait does not cancel the turn."""
        await asyncio.wait({self._task})

    async def close(self) -> None:
        """Cancel the turn if it is running; the conversation commits what was written."""
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=WIND_UP_SECONDS)
        if self._task.done() and not self._task.cancelled():
            self._task.result()  # dispatch never raises; if it does, that is a bug and must surface

    def values(self) -> dict[str, object]:
        """Return what a page needs to show the turn and to watch it."""
        event = self.event
        typed = event.text if isinstance(event, Said) else ""
        command = event.command if isinstance(event, Called) else ""
        node = event.node if isinstance(event, Said | Called) else None
        return {"id": self.id, "key": self.key, "text": typed, "command": command, "node": node}


AfterTurn = Callable[[ClientTurn], Awaitable[None]]


async def nothing_more(turn: ClientTurn) -> None:
    """Do nothing after a turn."""


class ClientTurns:
    """All running turns of web clients, and for a minute those whose reply no client has received."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._turns: dict[str, ClientTurn] = {}  # by id, oldest first
        self._closing = False

    def start(self, event: Event, *, key: str = "", after: AfterTurn = nothing_more) -> ClientTurn:
        """Hand ``event`` to the dispatcher, then call ``after``. Raises Problem (429) if the visitor has too many."""
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
        turn = ClientTurn(self._dispatcher, event, key, after)
        self._turns[turn.id] = turn
        turn.when_done(self._keep)
        return turn

    def find(self, visitor: str, identity: str) -> ClientTurn | None:
        """Return a turn to watch, or None if it is over (it is in the history then) or belongs to another visitor."""
        turn = self._turns.get(identity)
        return turn if turn is not None and turn.visitor == visitor else None

    def of(self, visitor: str, channel: str) -> list[ClientTurn]:
        """Return the turns of a channel that are running or whose reply no client has received."""
        own = [turn for turn in self._turns.values() if turn.channel == channel and turn.visitor == visitor]
        return [turn for turn in own if turn.running or not turn.sink.delivered]

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """Return completions for a command's option."""
        return await self._dispatcher.complete(origin, command, option, prefix)

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Return stored replies with the plugins' filters applied."""
        return await self._dispatcher.shown(origin, texts)

    async def refuses(self, origin: Origin) -> bool:
        """Return whether the author may not use the bot."""
        return await self._dispatcher.refuses(origin)

    async def release(self, turn: ClientTurn) -> None:
        """Note that a client stopped watching. The turn goes on; once finished and delivered, it is forgotten."""
        if not turn.running and turn.sink.delivered:
            self._turns.pop(turn.id, None)

    async def end(self, turn: ClientTurn) -> None:
        """Drop a turn whose only client has the reply or is gone; cancel it if it is running."""
        self._turns.pop(turn.id, None)
        await turn.close()

    def _keep(self, turn: ClientTurn) -> None:
        if turn.id not in self._turns:
            return
        kept = [other for other in self._turns.values() if not other.running]
        for old in kept[:-MAX_KEPT]:
            self._turns.pop(old.id, None)
        asyncio.get_running_loop().call_later(KEEP_SECONDS, self._turns.pop, turn.id, None)

    async def close(self, patience_seconds: float = 2.0) -> None:
        """Refuse new turns and stop the running ones, leaving time for their last events to reach the clients."""
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
