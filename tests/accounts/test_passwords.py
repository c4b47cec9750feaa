"""Passwords: which are accepted, and hashing that is bounded and does not block."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from bot.accounts.passwords import MAX_CONCURRENT, MAX_LENGTH, MAX_WAITING, Passwords, check_password
from bot.errors import Busy, InvalidOption
from tests.accounts.conftest import QUICK


@pytest.mark.parametrize(
    "password", ["", "ninechars", "x" * (MAX_LENGTH + 1), "aaaaaaaaaaaa", "ababababab", "Annabelle Lee"]
)
def test_too_short_too_long_or_too_simple(password: str) -> None:
    with pytest.raises(InvalidOption):
        check_password(password, "annabelle lee")


def test_length_is_all_that_is_asked_for() -> None:
    check_password("four words of nothing", "Ann")
    check_password("密码是一句很长的话语", "Ann")


async def test_composed_in_another_way_it_is_the_same() -> None:
    passwords = Passwords(QUICK)
    kept = await passwords.hash("caf\u00e9 au lait")
    assert await passwords.verify("cafe\u0301 au lait", kept)
    assert not await passwords.verify("cafe au lait", kept)
    long = "\ufdfa" * MAX_LENGTH  # each of them becomes 18 characters
    assert await passwords.verify(long, await passwords.hash(long))
    assert not await passwords.verify(long + "x", await passwords.hash(long))


async def test_for_nobody_it_works_as_hard_and_says_no() -> None:
    passwords = Passwords(QUICK)
    assert not await passwords.verify("anything at all", None)
    assert not await passwords.verify("anything at all", "no hash")


def test_weak_hashes_are_known() -> None:
    assert Passwords(PasswordHasher()).needs_rehash(QUICK.hash("anything at all"))
    assert not Passwords(QUICK).needs_rehash(QUICK.hash("anything at all"))


class Slow(PasswordHasher):
    """Waits until released; records how many run at once, and in which threads."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = threading.Event()
        self.working = self.most = 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self._lock:
            self.threads.add(threading.get_ident())
            self.working += 1
            self.most = max(self.most, self.working)
        self.go.wait()
        with self._lock:
            self.working -= 1
        return "hash"


async def test_few_at_once_beside_the_event_loop_and_not_without_end() -> None:
    hasher = Slow()
    passwords = Passwords(hasher)
    waiting = [asyncio.create_task(passwords.hash(str(number))) for number in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.hash("one more")
    hasher.go.set()
    assert set(await asyncio.gather(*waiting)) == {"hash"}
    assert hasher.most <= MAX_CONCURRENT
    assert threading.get_ident() not in hasher.threads
    assert await passwords.hash("now") == "hash"
