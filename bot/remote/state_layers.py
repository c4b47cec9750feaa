"""Storages of states made from others: large states elsewhere, and copies at half the size."""

import asyncio
import logging
from collections.abc import Sequence

from bot.engine.half_states import halved, is_halved, restored
from bot.errors import ModelError
from bot.remote.replica_states import StateDisk

log = logging.getLogger(__name__)


class SplitStates:
    """States above a size in one storage, the others in another."""

    def __init__(self, small: StateDisk, large: StateDisk, above: int) -> None:
        """``above``: the size of the smallest large state, in bytes."""
        self._small = small
        self._large = large
        self._above = above

    async def load(self, name: str) -> bytes | None:
        """Return what was saved under ``name``, wherever it is: sizes and the limit may have changed."""
        data = await self._small.load(name)
        return data if data is not None else await self._large.load(name)

    async def save(self, name: str, data: bytes) -> None:
        await (self._large if len(data) >= self._above else self._small).save(name, data)

    async def known(self, names: Sequence[str]) -> set[str]:
        found = await self._small.known(names)
        rest = [name for name in names if name not in found]
        return found | await self._large.known(rest) if rest else found

    async def forget(self, names: Sequence[str]) -> bool:
        return all(await asyncio.gather(self._small.forget(names), self._large.forget(names)))


class HalvedStates:
    """A storage that keeps states as fp16. Its own fingerprint should say so: its states are not exact."""

    def __init__(self, disk: StateDisk, state_bytes: int) -> None:
        """``state_bytes``: the size of the model's state."""
        self._disk = disk
        self._state_bytes = state_bytes

    async def load(self, name: str) -> bytes | None:
        data = await self._disk.load(name)
        if data is None or not is_halved(data):
            return data
        try:
            return await asyncio.to_thread(restored, data, self._state_bytes)
        except ModelError as error:
            log.warning("a kept state is not used: %s", error)
            await self._disk.forget([name])
            return None

    async def save(self, name: str, data: bytes) -> None:
        await self._disk.save(name, await asyncio.to_thread(halved, data, self._state_bytes))

    async def known(self, names: Sequence[str]) -> set[str]:
        return await self._disk.known(names)

    async def forget(self, names: Sequence[str]) -> bool:
        return await self._disk.forget(names)
