"""The state pool, and serialised states."""

import hashlib

import numpy as np
import pytest
import safetensors.torch
import torch
import zstandard

from bot.engine.arrays import host_array
from bot.engine.models.loading import random_model
from bot.engine.spec import VERSIONS
from bot.engine.state import MAGIC, RowState, State
from bot.errors import ModelError
from tests.engine.tensors import forward, tensors_of

TOKENS = torch.arange(12)


def used(version: str = "7") -> tuple[State, RowState]:
    """Return a pool of three whose slot 1 has read something, and that row."""
    model = random_model(version)
    state = model.new_state(3)
    forward(model, TOKENS, [12], state, [1])
    return state, state.take(1)


def equal(first: RowState, second: RowState) -> bool:
    return all(
        np.array_equal(host_array(first.tensors[name]), host_array(second.tensors[name])) for name in first.tensors
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_slots_are_taken_put_copied_and_zeroed(version: str) -> None:
    state, row = used(version)
    fresh = state.take(0)
    assert equal(fresh, state.initial)
    assert not equal(row, fresh)
    state.copy(1, 2)
    assert equal(state.take(2), row)
    state.zero(1)
    assert equal(state.take(1), fresh)
    assert equal(state.take(2), row), "a row that was taken or copied is its own"
    state.put(0, row)
    assert equal(state.take(0), row)
    assert state.nbytes == 3 * row.nbytes
    copy = row.clone()
    host_array(copy.tensors["att_x"])[:] = 0
    assert not equal(copy, row)


@pytest.mark.parametrize("version", VERSIONS)
def test_bytes_go_there_and_back_bit_for_bit(version: str) -> None:
    _, row = used(version)
    assert equal(row.from_bytes(row.to_bytes("fingerprint"), "fingerprint"), row)


def test_a_reply_goes_on_from_bytes_as_if_it_had_never_stopped() -> None:
    model = random_model("7")
    state = model.new_state(2)
    forward(model, TOKENS, [12], state, [0])
    state.put(1, state.initial.from_bytes(state.take(0).to_bytes("x"), "x"))
    first, second = forward(model, torch.tensor([5, 5]), [1, 1], state, [0, 1])
    assert torch.equal(first, second)


def test_a_foreign_state_is_refused() -> None:
    _, row = used("7")
    _, other = used("6")
    with pytest.raises(ModelError, match="another model"):
        row.from_bytes(row.to_bytes("one"), "two")
    with pytest.raises(ModelError, match="another model"):
        used("4")[1].from_bytes(row.to_bytes("x"), "x")
    half = RowState({name: host_array(tensor).astype(np.float16) for name, tensor in other.tensors.items()})
    with pytest.raises(ModelError, match="another model"):
        other.from_bytes(half.to_bytes("x"), "x")


def test_every_damaged_byte_is_noticed() -> None:
    _, row = used("4")
    data = row.to_bytes("x")
    for place in range(0, len(data), len(data) // 50):
        broken = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(ModelError):
            row.from_bytes(broken, "x")
    for cut in (0, 5, 39, 40, 41, len(data) // 2, len(data) - 1):
        with pytest.raises(ModelError):
            row.from_bytes(data[:cut], "x")


def sealed(payload: bytes) -> bytes:
    """Return a forged state: any payload with a correct checksum."""
    compressed = zstandard.ZstdCompressor().compress(payload)
    return MAGIC + hashlib.sha256(compressed).digest() + compressed


def test_forged_states_are_refused() -> None:
    _, row = used("4")
    with pytest.raises(ModelError, match="another model"):
        row.from_bytes(sealed(b"\0" * 100_000_000), "x")  # unpacks to more than any state of this model
    for payload in (b"", b"\xff" * 40, b"\x08\0\0\0\0\0\0\0notjson!"):
        with pytest.raises(ModelError):
            row.from_bytes(sealed(payload), "x")
    poisoned = {name: torch.full_like(tensor, float("nan")) for name, tensor in tensors_of(row).items()}
    with pytest.raises(ModelError, match="not finite"):
        row.from_bytes(sealed(safetensors.torch.save(poisoned, {"fingerprint": "x"})), "x")
    raw = MAGIC + hashlib.sha256(b"no zstd").digest() + b"no zstd"
    with pytest.raises(ModelError, match="damaged"):
        row.from_bytes(raw, "x")
