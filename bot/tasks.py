"""Background tasks that have an owner, are awaited at the end, and never fail silently."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from bot.shielding import run_to_completion

T = TypeVar("T")

log = logging.getLogger(__name__)

CANCEL_AGAIN = 0.2  # seconds until a task that may have swallowed its cancellation is cancelled again
CANCEL_SECONDS = 5.0  # how long cancelled tasks may take to end before they are abandoned


class Tasks:
    """The running tasks of one owner, which calls ``finish`` when it closes."""

    def __init__(self, owner: str) -> None:
        self._owner = owner  # name used in the log
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[object, None, T]) -> asyncio.Task[T]:
        """Run ``work``. An error is logged at once, whether or not the task is awaited."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task of %s failed", self._owner, exc_info=error)

    async def finish(self, seconds: float = 0.0) -> None:
        """Wait for the tasks, then cancel those still running. Idempotent; more may be spawned afterwards.

        A task that ignores its cancellation is logged and abandoned, so closing never hangs on it.
        """
        own = asyncio.current_task()
        running = {task for task in self._running if task is not own}
        if running and seconds > 0:
            _, running = await asyncio.wait(running, timeout=seconds)
        for task in running:
            task.cancel()
        if running:
            _, stuck = await asyncio.wait(running, timeout=CANCEL_SECONDS)
            for task in stuck:
                log.error("a background task of %s does not end: %r", self._owner, task.get_coro())


def spawned(owner: str, work: Iterable[Coroutine[object, None, object]]) -> Tasks:
    """Start all of ``work``. Whoever calls this must await ``finish``."""
    tasks = Tasks(owner)
    for each in work:
        tasks.spawn(each)
    return tasks


def is_cancelled(task: asyncio.Task[T] | None) -> bool:
    """Return whether somebody has cancelled ``task`` itself, not only something that it was waiting for."""
    return task is not None and task.cancelling() > 0


async def until_one_ends(owner: str, work: Sequence[Coroutine[object, None, object]], seconds: float) -> None:
    """Run all of ``work`` until one of it ends, however it ends; cancel the rest, and raise the first error.

    What does not end within ``seconds`` of its cancellation is logged and abandoned.
    """
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await run_to_completion(_end(owner, tasks, seconds))
    errors = [error for each in tasks if each.done() and not each.cancelled() and (error := each.exception())]
    if errors:
        raise errors[0]


async def _end(owner: str, tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel ``tasks`` again and again: a library may swallow a cancellation."""
    loop = asyncio.get_running_loop()
    end, running = loop.time() + seconds, {each for each in tasks if not each.done()}
    while running and loop.time() < end:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN)
    for task in running:
        log.error("a background task of %s does not end: %r", owner, task.get_coro())
