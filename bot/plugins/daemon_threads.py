"""Runs code that may hang in daemon threads, so that it delays neither the bot nor its shutdown."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def run_in_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run ``function(*arguments)`` in a daemon thread. Cancelling abandons the thread.

    asyncio.to_thread is unsuitable for third-party code: its threads are few and shared, and the interpreter waits for
    them at exit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def work() -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = function(*arguments)
        except BaseException as raised:
            error = raised if isinstance(raised, Exception) else RuntimeError(f"{type(raised).__name__}: {raised}")
        try:
            loop.call_soon_threadsafe(_settle, future, result, error)
        except RuntimeError:  # the loop was closed in the meantime
            return

    threading.Thread(target=work, name=getattr(function, "__name__", "call"), daemon=True).start()
    return await future


def _settle(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    if future.done():  # cancelled
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):  # a future cannot carry a StopIteration
        future.set_exception(RuntimeError("StopIteration"))
    else:
        future.set_exception(error)
