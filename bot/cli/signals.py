"""Signal handlers, also where event loops do not support them (Windows)."""

import asyncio
import signal
from collections.abc import Callable


def on_signal(number: signal.Signals, call: Callable[[], object]) -> None:
    """Call ``call`` in the running loop on the signal, replacing any earlier handler."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(number, call)
    except NotImplementedError:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))
