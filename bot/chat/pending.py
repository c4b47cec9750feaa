"""Lines after HEAD that are not accepted yet. Accepting or dropping them moves a pointer and changes no turn."""

from bot.chat.channel import Channel
from bot.errors import InvalidOption, NotFound, UserError
from bot.store.node import Node


class PendingLines:
    """A channel's pending lines. They survive a restart and are cleared when HEAD moves elsewhere."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def tip(self) -> Node:
        """Return the turn that the next line follows: the last pending line, or HEAD."""
        pending = self._channel.pending
        return self._channel.head if pending is None else await self._channel.node(pending)

    async def check(self, last: int | None) -> None:
        """Raise UserError if ``last`` is no longer the last line; None skips the check.

        This tells people that somebody else pressed a button first. The caller holds the lock.
        """
        if last is not None and (await self.tip()).id != last:
            raise UserError("Somebody else was faster, so nothing was changed. The newest message shows how it is now.")

    async def lines(self) -> list[Node]:
        """Return all pending lines, oldest first."""
        found: list[Node] = []
        node, head = await self.tip(), self._channel.head
        while node.id != head.id and node.parent is not None:
            found.append(node)
            node = await self._channel.node(node.parent)
        return found[::-1]

    async def accept(self, node: int | None = None, *, last: int | None = None) -> Node:
        """Move HEAD to the pending line ``node`` (default: the last); later lines stay pending. Raises NotFound.

        ``last``: only if that is still the last line.
        """
        async with self._channel.lock:
            await self.check(last)
            lines = await self._some()
            chosen = next((line for line in lines if node is None or line.id == node), None)
            if chosen is None:
                raise NotFound("Line {number} is not pending.", number=node or 0)
            chosen = lines[-1] if node is None else chosen
            rest = None if chosen.id == lines[-1].id else lines[-1].id
            return await self._channel.move(chosen, pending_id=rest)

    async def drop(self, count: int | None = None, *, last: int | None = None) -> list[Node]:
        """Drop the last ``count`` pending lines, or all; return the remaining ones. Raises NotFound.

        ``last``: only if that is still the last line.
        """
        if count is not None and count < 1:
            raise InvalidOption("The number of lines must be at least 1.")
        async with self._channel.lock:
            await self.check(last)
            lines = await self._some()
            left = [] if count is None else lines[: max(0, len(lines) - count)]
            await self._channel.move_pending(left[-1].id if left else None)
            return left

    async def _some(self) -> list[Node]:
        if not (lines := await self.lines()):
            raise NotFound("No line is pending.")
        return lines
