"""Admits requests by counts in memory and by counts that processes share in the database."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from bot.errors import Busy
from bot.policy.limits import AT_ONCE, TOO_FAST, Limits, RateLimiter, Requester
from bot.shielding import run_to_completion

log = logging.getLogger(__name__)

RENEWAL = 3.0  # seconds between renewals of the slots held
PRUNING = 100  # renewals between two deletions of old counts


class Admission(Protocol):
    """Whether a request was counted; if not, why."""

    @property
    def granted(self) -> bool:
        """Whether it was."""

    @property
    def rate(self) -> str:
        """The name whose limit per minute is reached, or ""."""

    @property
    def slot(self) -> str:
        """The name that has too many replies at once, or ""."""

    @property
    def ages(self) -> Sequence[tuple[float, int]]:
        """The events that count for ``rate``: (seconds ago, number)."""


class SharedRates(Protocol):
    """Counts that several processes share."""

    async def admit(
        self, process: str, cost: int, rates: Mapping[str, int], slots: Mapping[str, tuple[int, int]]
    ) -> Admission:
        """Count ``cost`` events for every name, unless a limit is reached, and hold slots."""

    async def release(self, process: str, cost: int, names: Sequence[str]) -> None:
        """Release slots."""

    async def renew(self, process: str, names: Sequence[str]) -> None:
        """Renew the slots of ``process`` for ``names``; its others expire."""

    async def prune(self) -> None:
        """Delete expired counts and slots."""


class Limiter:
    """Limits of one process, or with ``shared`` of all processes on a database.

    A request that the counts in memory refuse does not reach the database. Commands that need no model are counted
    in memory only.
    """

    def __init__(self, local: RateLimiter | None = None, shared: SharedRates | None = None) -> None:
        self.local = local or RateLimiter()
        self._shared = shared
        self._process = secrets.token_hex(8)

    @property
    def is_shared(self) -> bool:
        return self._shared is not None

    async def spend(self, limits: Limits, requester: Requester) -> None:
        """Count a message with its cost. Raises Busy with the limit and the time to wait."""
        self.local.check(limits, requester)
        await self._admit(limits, requester, {}, [])
        self.local.count(limits, requester)

    @asynccontextmanager
    async def admitted(self, limits: Limits, requester: Requester) -> AsyncIterator[None]:
        """Count a message, and hold the slots of its reply while the context is open. Raises Busy."""
        if requester.light:
            await self.spend(limits, requester)
            yield
            return
        held: list[str] = []
        self.local.check(limits, requester)
        try:
            with self.local.running(limits, requester):
                slots = {name: (self.local.held(name), most) for name, most in requester.slots(limits) if most}
                await self._admit(limits, requester, slots, held)
                self.local.count(limits, requester)
                yield
        finally:
            if held:
                await run_to_completion(self._release(requester, held))

    async def run(self) -> None:
        """Renew the slots of running replies and delete old counts, until cancelled."""
        if self._shared is None:
            return
        beats = 0
        while True:
            await asyncio.sleep(RENEWAL)
            beats += 1
            try:
                if names := self.local.held_names:
                    await self._shared.renew(self._process, names)
                if beats % PRUNING == 1:
                    await self._shared.prune()
            except Exception as error:
                log.warning("the shared limits could not be kept: %s", error)

    async def _admit(
        self, limits: Limits, requester: Requester, slots: Mapping[str, tuple[int, int]], held: list[str]
    ) -> None:
        """Raise Busy if a shared limit is reached, else add the names of the slots taken to ``held``."""
        if (shared := self._shared) is None or requester.light:
            return
        rates = {f"{kind}:{key}": most for kind, key, most, _ in requester.places(limits) if most}
        if not (rates or slots):
            return

        async def ask() -> Admission:
            found = await shared.admit(self._process, requester.answers, rates, slots)
            if found.granted:
                held.extend(slots)
            return found

        found = await run_to_completion(ask())  # so that a cancelled request knows whether it has slots to release
        if found.rate:
            self.local.learn(found.rate, found.ages)  # so that the next one is refused without asking
            self.local.check(limits, requester)
            kind = found.rate.partition(":")[0]
            raise Busy(TOO_FAST[kind], limit=rates[found.rate], seconds=1)
        if found.slot:
            raise Busy(AT_ONCE[found.slot.partition(":")[0]], limit=slots[found.slot][1])

    async def _release(self, requester: Requester, names: Sequence[str]) -> None:
        if self._shared is None:
            return
        try:
            await self._shared.release(self._process, requester.answers, names)
        except Exception as error:  # the slots expire by themselves
            log.warning("the end of a reply could not be counted: %s", error)
