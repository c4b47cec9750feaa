"""Password rules, and Argon2 hashing in threads with limited concurrency."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Busy, InvalidOption

MIN_LENGTH = 10  # characters
MAX_LENGTH = 256
MAX_CONCURRENT = 2  # a hash takes 64 MB and four threads for a moment
MAX_WAITING = 16

_Result = TypeVar("_Result")


def check_password(password: str, name: str) -> None:
    """Raise InvalidOption if ``password`` is not acceptable for the account ``name``."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidOption(
            "A password has {least} to {most} characters. Several words make a good one.",
            least=MIN_LENGTH,
            most=MAX_LENGTH,
        )
    if len(set(password)) < 4 or password.casefold() == name.casefold():
        raise InvalidOption("This password is too easy to guess. Several words make a good one.")


class Passwords:
    """Computes and verifies hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._working = asyncio.Semaphore(MAX_CONCURRENT)
        self._waiting = 0
        self._dummy_hash = ""  # dummy hash, which no password matches

    async def hash(self, password: str) -> str:
        """Return a hash of ``password``. Raises Busy if too many are waiting."""
        return await self._work(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Return whether ``password`` matches the hash ``stored``. With None it takes as long to fail. Raises Busy."""
        possible = stored if len(password) <= MAX_LENGTH else None
        return await self._work(lambda: self._verify(password[:MAX_LENGTH], possible))

    def needs_rehash(self, stored: str) -> bool:
        """Return whether a hash uses weaker parameters than new ones do."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, password: str, stored: str | None) -> bool:
        self._dummy_hash = self._dummy_hash or self._hasher.hash(secrets.token_hex(16))
        try:
            return self._hasher.verify(stored or self._dummy_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, work: Callable[[], _Result]) -> _Result:
        if self._waiting >= MAX_WAITING:
            raise Busy("Many people are signing in just now. Please try again in a moment.")
        self._waiting += 1
        try:
            async with self._working:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """Normalize Unicode, so that it does not matter how a keyboard composes characters."""
    return unicodedata.normalize("NFKC", password)
