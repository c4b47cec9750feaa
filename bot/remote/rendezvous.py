"""Rendezvous hashing: if one of several replicas goes away, only its own keys move."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def chosen(names: Iterable[T], key: str, name_of: Callable[[T], str]) -> T:
    """Return the one of ``names`` that serves ``key``. Raises ``ValueError`` if there are none."""
    return max(names, key=lambda each: blake2b(f"{name_of(each)}\0{key}".encode(), digest_size=8).digest())
