"""Protects work from cancellation: a write and its effect in memory happen together or not at all."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def run_to_completion(work: Coroutine[object, None, T]) -> T:
    """Run ``work`` to completion even if the caller is cancelled; the cancellation is raised afterwards."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await _end_of(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # mark the exception as retrieved; the caller is gone
    raise cancelled


def _end_of(task: "asyncio.Task[T]") -> "asyncio.Future[None]":
    """Return a future that ends with ``task``; cheaper than ``asyncio.wait``, which makes more callbacks."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(_: object) -> None:
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(end)
    return ended
