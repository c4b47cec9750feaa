"""When the garbage collector of a long-running process works."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two collections. What messages in progress hold is no garbage, and with Python's own 700 it would
# be scanned every few messages: 5 % of a message's time.
NEW_OBJECTS = 10_000


@contextmanager
def collected_later() -> Iterator[None]:
    """Collect nothing in the block until ``begin_collecting``; afterwards as before.

    What start-up imports and builds is not garbage, and scanning it repeatedly takes 0.2 s.
    """
    before = gc.get_threshold()
    gc.disable()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.enable()
        gc.unfreeze()


def begin_collecting() -> None:
    """Collect from now on, without ever scanning what exists already."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
