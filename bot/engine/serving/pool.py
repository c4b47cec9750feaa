"""The rows of the state pool: who has which slot, and where a row's state comes from."""

from collections.abc import Sequence

from bot.engine.serving.sequence import NO_SLOT, Base, Row
from bot.engine.state import RowState, State, parkable, same_kind
from bot.engine.types import EngineError, StateHandle


class Pool:
    """The slots of ``state``, handed out as rows."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._free = list(range(state.slots - 1, -1, -1))

    @property
    def free(self) -> int:
        """Slots that nobody has."""
        return len(self._free)

    @property
    def used(self) -> int:
        """Slots that are in use."""
        return self.state.slots - len(self._free)

    @property
    def parkable(self) -> int:
        """How many rows can be put aside."""
        return parkable(self.state.slots, self.state.initial.nbytes)

    def reserve(self, count: int) -> list[int]:
        """Slots for rows that will be made later."""
        return [self._free.pop() for _ in range(count)]

    def release(self, slots: Sequence[int]) -> None:
        """Give slots back."""
        self._free.extend(slot for slot in slots if slot != NO_SLOT)

    def row(self, tokens: Sequence[int], handle: StateHandle | None) -> Row:
        """A row that is to read ``tokens`` after ``handle``'s state, or after the initial one."""
        origin = Base(0, None if handle is None else self.state_of(handle))
        row = Row(self._free.pop(), list(tokens), 0, len(tokens) - 1, origin, origin)
        try:
            self.restore(row, origin)
        except BaseException:
            self.release([row.slot])
            raise
        return row

    def park(self, row: Row) -> RowState:
        """Take the row's state out, into the CPU's memory, and give its slot back."""
        state = self.take(row).on_host()
        self.release([row.slot])
        row.slot = NO_SLOT
        return state

    def unpark(self, row: Row, state: RowState) -> None:
        """Give the row a slot again, with the state that it had."""
        slot = self._free.pop()
        try:
            self.state.put(slot, state)
        except BaseException:
            self.release([slot])
            raise
        row.slot = slot

    def copy(self, row: Row, slot: int) -> Row:
        """A second row, in ``slot``, that stands where ``row`` does."""
        self.state.copy(row.slot, slot)
        row.own = None  # from now on the snapshot is both rows'
        return Row(slot, list(row.path), row.fed, row.target, row.origin, row.base)

    def restore(self, row: Row, base: Base) -> None:
        """Set the row back to ``base``."""
        if base.state is None:
            self.state.zero(row.slot)
        else:
            self.state.put(row.slot, base.state)
        row.fed = base.fed

    def take(self, row: Row) -> RowState:
        """A copy of the row's state."""
        return self.state.take(row.slot)

    def remember(self, row: Row) -> None:
        """Keep the row's present state for :meth:`go_back`. The memory is used again."""
        if row.before is None:
            row.before = self.take(row)
        else:
            self.state.take_into(row.slot, row.before)

    def go_back(self, row: Row) -> None:
        """Set the row back to the state that was kept last; ``fed`` has to be what it was then."""
        if row.before is not None:
            self.state.put(row.slot, row.before)

    def snapshot(self, row: Row) -> None:
        """Make the row's present state the one that it can be set back to. The memory is used again."""
        if row.own is None:
            row.own = self.take(row)
        else:
            self.state.take_into(row.slot, row.own)
        row.base = Base(row.fed, row.own)

    def state_of(self, handle: StateHandle) -> RowState:
        """What ``handle`` stands for. Raises ``EngineError`` where it comes from another model."""
        state = handle._state
        if isinstance(state, RowState) and same_kind(state, self.state.initial):
            return state
        raise EngineError("the state handle belongs to another engine")
