"""The rows of the state pool: which slot each one has, and where its state comes from."""

from collections.abc import Sequence

from bot.engine.serving.sequence import NO_SLOT, Checkpoint, Row
from bot.engine.state import RowState, State, parkable, same_kind
from bot.engine.types import EngineError, StateHandle


class Pool:
    """The slots of ``state``, handed out as rows."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._free = list(range(state.slots - 1, -1, -1))

    @property
    def free(self) -> int:
        """Number of free slots."""
        return len(self._free)

    @property
    def used(self) -> int:
        """Number of slots in use."""
        return self.state.slots - len(self._free)

    @property
    def parkable(self) -> int:
        """Number of rows that can be parked."""
        return parkable(self.state.slots, self.state.initial.nbytes)

    def reserve(self, count: int) -> list[int]:
        """Take slots for rows that will be created later."""
        return [self._free.pop() for _ in range(count)]

    def release(self, slots: Sequence[int]) -> None:
        """Return slots to the pool."""
        self._free.extend(slot for slot in slots if slot != NO_SLOT)

    def row(self, tokens: Sequence[int], handle: StateHandle | None) -> Row:
        """Create a row that is to read ``tokens`` after the state of ``handle``, or after the initial state."""
        origin = Checkpoint(0, None if handle is None else self.state_of(handle))
        row = Row(self._free.pop(), list(tokens), 0, len(tokens) - 1, origin, origin)
        try:
            self.restore(row, origin)
        except BaseException:
            self.release([row.slot])
            raise
        return row

    def park(self, row: Row) -> RowState:
        """Copy the row's state to CPU memory and release its slot."""
        state = self.take(row).on_host()
        self.release([row.slot])
        row.slot = NO_SLOT
        return state

    def unpark(self, row: Row, state: RowState) -> None:
        """Give a parked row a slot again and restore its state."""
        slot = self._free.pop()
        try:
            self.state.put(slot, state)
        except BaseException:
            self.release([slot])
            raise
        row.slot = slot

    def copy(self, row: Row, slot: int) -> Row:
        """Create a second row in ``slot`` with the same state as ``row``."""
        self.state.copy(row.slot, slot)
        row.own = None  # both rows share the snapshot from now on
        return Row(slot, list(row.path), row.fed, row.target, row.origin, row.checkpoint)

    def restore(self, row: Row, checkpoint: Checkpoint) -> None:
        """Reset the row to ``checkpoint``."""
        if checkpoint.state is None:
            self.state.zero(row.slot)
        else:
            self.state.put(row.slot, checkpoint.state)
        row.fed = checkpoint.fed

    def take(self, row: Row) -> RowState:
        """Return a copy of the row's state."""
        return self.state.take(row.slot)

    def save(self, row: Row) -> None:
        """Save the row's current state for :meth:`go_back`, reusing the memory of the previous save."""
        if row.before is None:
            row.before = self.take(row)
        else:
            self.state.take_into(row.slot, row.before)

    def roll_back(self, row: Row) -> None:
        """Restore the state saved last; the caller restores ``fed``."""
        if row.before is not None:
            self.state.put(row.slot, row.before)

    def snapshot(self, row: Row) -> None:
        """Make the row's current state the base it can be reset to, reusing the memory of the previous snapshot."""
        if row.own is None:
            row.own = self.take(row)
        else:
            self.state.take_into(row.slot, row.own)
        row.checkpoint = Checkpoint(row.fed, row.own)

    def state_of(self, handle: StateHandle) -> RowState:
        """Return the state of ``handle``. Raises ``EngineError`` if it belongs to another model."""
        state = handle._state
        if isinstance(state, RowState) and same_kind(state, self.state.initial):
            return state
        raise EngineError("the state handle belongs to another engine")
