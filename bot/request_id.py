"""Short ids for events on platforms: every log line caused by an event carries its id."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


@contextmanager
def new_request() -> Iterator[str]:
    """Set a new id for the block and for the tasks started in it."""
    identity = secrets.token_hex(3)
    token = _current.set(identity)
    try:
        yield identity
    finally:
        _current.reset(token)


def request_id() -> str:
    """Return the id of the current request; "" outside of any."""
    return _current.get()
