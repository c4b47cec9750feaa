"""A short id for what happened on a platform: it stands in every line of the log that is written because of it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


@contextmanager
def new_request() -> Iterator[str]:
    """An id for the block, and for the tasks that it starts."""
    identity = secrets.token_hex(3)
    token = _current.set(identity)
    try:
        yield identity
    finally:
        _current.reset(token)


def request_id() -> str:
    """The running request's; "" where there is none."""
    return _current.get()
