"""Which of several takes a key: the highest of hashes of both names, so that one that goes moves only its own keys."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def chosen(names: Iterable[T], key: str, name_of: Callable[[T], str]) -> T:
    """The one of ``names`` that takes ``key``. Raises ValueError where there are none."""
    return max(names, key=lambda each: blake2b(f"{name_of(each)}\0{key}".encode(), digest_size=8).digest())
