"""Signals, also where an event loop cannot watch them (Windows)."""

import asyncio
import signal
from collections.abc import Callable


def on_signal(number: signal.Signals, call: Callable[[], object]) -> None:
    """Call from the running loop when the signal comes; replaces what was called before."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(number, call)
    except NotImplementedError:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))
