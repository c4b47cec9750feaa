"""One message on its way through the dispatcher, tied to the client that waits for the answer."""

import asyncio
from collections.abc import Sequence

from starlette.types import Receive

from bot.events import STOP, Called, Dispatcher, Event, NullSink, Origin
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.web_sink import WebSink

TURNS_PER_VISITOR = 4  # at the same time; a person needs one, and another to stop it
WIND_UP_SECONDS = 5.0  # for a cancelled turn to commit what it has


class Turn:
    """A running ``dispatcher.handle``. Whoever starts it calls ``close``: that cuts the turn if it still runs."""

    def __init__(self, dispatcher: Dispatcher, event: Event) -> None:
        self.event = event
        self.sink = WebSink()
        self._task = asyncio.create_task(dispatcher.handle(event, self.sink))
        self._task.add_done_callback(lambda _: self.sink.finish())

    @property
    def running(self) -> bool:
        """Whether the answer is still being made."""
        return not self._task.done()

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


class Turns:
    """All turns that run for web clients."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._running: dict[str, set[Turn]] = {}
        self._closing = False

    def start(self, event: Event) -> Turn:
        """Hand ``event`` to the dispatcher. Raises Problem when the visitor has too many turns running."""
        if self._closing:
            raise Problem(503, "closing", "Roost is shutting down. Please try again in a moment.")
        own = self._running.setdefault(event.origin.channel, set())
        if len(own) >= TURNS_PER_VISITOR:
            raise Problem(
                429,
                "too_many_requests",
                "One thing after another, please: {count} answers are still being made for you.",
                count=len(own),
            )
        turn = Turn(self._dispatcher, event)
        own.add(turn)
        return turn

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """Values of a command's option for autocompletion."""
        return await self._dispatcher.complete(origin, command, option, prefix)

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Replies of earlier, past the plugins' filters."""
        return await self._dispatcher.shown(origin, texts)

    async def end(self, turn: Turn) -> None:
        """The client has its answer, or is gone."""
        own = self._running.get(turn.event.origin.channel, set())
        own.discard(turn)
        if not own:
            self._running.pop(turn.event.origin.channel, None)
        await turn.close()

    async def close(self, patience_seconds: float = 2.0) -> None:
        """Take no more; stop the replies that are being written, and let their ends reach the clients."""
        self._closing = True
        turns = [turn for own in self._running.values() for turn in own if turn.running]
        if not turns:
            return
        stops = {turn.event.origin.channel: turn.event.origin for turn in turns}
        waits = [asyncio.create_task(turn.finished()) for turn in turns]
        waits += [asyncio.create_task(self._stop(origin)) for origin in stops.values()]
        _, late = await asyncio.wait(waits, timeout=patience_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*(turn.close() for turn in turns if turn.running))

    async def _stop(self, origin: Origin) -> None:
        await self._dispatcher.handle(Called(origin=origin, command=STOP), NullSink())


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
