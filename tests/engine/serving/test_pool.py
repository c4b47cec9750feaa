"""Rows of the state pool: each slot is either owned or free, whatever fails."""

import pytest
import torch

from bot.engine.serving.pool import Pool
from bot.engine.state import RowState, State
from bot.engine.types import EngineError, StateHandle


def pool(slots: int = 3) -> Pool:
    return Pool(State(RowState({"x": torch.zeros(1, 2)}), slots))


def state(value: float) -> RowState:
    return RowState({"x": torch.full((1, 2), value)})


def value(here: Pool, slot: int) -> float:
    return float(here.state.take(slot).tensors["x"][0, 0])


def test_a_row_begins_where_its_handle_stands() -> None:
    here = pool()
    first = here.row([1, 2], None)
    second = here.row([1], StateHandle(state(7.0), 8))
    assert (value(here, first.slot), value(here, second.slot)) == (0.0, 7.0)
    assert (here.free, here.used) == (1, 2)


def test_a_handle_of_another_model_is_refused_and_takes_no_slot() -> None:
    here = pool()
    for other in (RowState({"x": torch.zeros(1, 3)}), RowState({"y": torch.zeros(1, 2)}), "nothing"):
        with pytest.raises(EngineError, match="another engine"):
            here.row([1], StateHandle(other, 1))
    assert here.free == 3


def test_a_slot_comes_back_when_its_state_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    here = pool()
    row = here.row([1], StateHandle(state(5.0), 8))
    parked = here.park(row)

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(State, "put", full)
    with pytest.raises(torch.OutOfMemoryError):
        here.row([1], StateHandle(state(1.0), 8))
    with pytest.raises(torch.OutOfMemoryError):
        here.unpark(row, parked)
    assert here.free == 3


def test_a_row_that_was_put_aside_goes_on_where_it_stood() -> None:
    here = pool(1)
    row = here.row([1], StateHandle(state(5.0), 8))
    parked = here.park(row)
    other = here.row([2], StateHandle(state(9.0), 8))
    here.release([other.slot])
    here.unpark(row, parked)
    assert value(here, row.slot) == 5.0


def test_a_row_is_set_back_to_its_snapshot_and_a_copy_does_not_disturb_it() -> None:
    here = pool()
    row = here.row([1, 2, 3], StateHandle(state(1.0), 8))
    here.state.put(row.slot, state(2.0))
    row.fed = 2
    here.snapshot(row)
    (slot,) = here.reserve(1)
    twin = here.copy(row, slot)
    here.state.put(twin.slot, state(3.0))
    here.snapshot(twin)
    here.state.put(row.slot, state(8.0))
    here.restore(row, row.checkpoint)
    assert (value(here, row.slot), row.fed, value(here, twin.slot)) == (2.0, 2, 3.0)
