"""States at half the size: close to the originals, marked, and checked like them."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
import zstandard

from bot.engine.half_states import HALF_MAGIC, halved, is_halved, restored
from bot.engine.state import EMPTY, RowState
from bot.errors import ModelError

NUMBERS = np.random.default_rng(1).standard_normal((4, 64, 64)).astype(np.float32)
ROW = RowState({"S": NUMBERS, "shift": np.ones((4, 64), np.float16), "pp": np.full((4, 64), EMPTY, np.float32)})
DATA = ROW.to_bytes("f1")


def test_a_copy_is_half_as_large_and_close() -> None:
    copy = halved(DATA, ROW.nbytes)
    assert len(copy) < 0.6 * len(DATA)
    assert (is_halved(copy), is_halved(DATA)) == (True, False)
    found = ROW.from_bytes(restored(copy, ROW.nbytes), "f1")
    assert {name: tensor.dtype for name, tensor in found.tensors.items()} == {
        name: tensor.dtype for name, tensor in ROW.tensors.items()
    }
    assert 0 < np.abs(np.asarray(found.tensors["S"]) - NUMBERS).max() < 2e-3
    for name in ("shift", "pp"):
        assert np.array_equal(np.asarray(found.tensors[name]), np.asarray(ROW.tensors[name])), name


def test_a_copy_never_passes_for_an_exact_state() -> None:
    with pytest.raises(ModelError):
        ROW.from_bytes(halved(DATA, ROW.nbytes), "f1")
    with pytest.raises(ModelError, match="another model"):
        ROW.from_bytes(restored(halved(DATA, ROW.nbytes), ROW.nbytes), "f2")


def test_copying_twice_changes_nothing_more() -> None:
    copies = [DATA]
    for _ in range(3):
        copies.append(restored(halved(copies[-1], ROW.nbytes), ROW.nbytes))
    assert all(before == after for before, after in pairwise(copies[1:]))


@pytest.mark.parametrize("place", [0, 10, 60, -1])
def test_damage_is_found(place: int) -> None:
    copy = bytearray(halved(DATA, ROW.nbytes))
    copy[place] ^= 1
    with pytest.raises(ModelError, match="damaged"):
        restored(bytes(copy), ROW.nbytes)


def test_a_forged_copy_does_not_unpack_to_gigabytes() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(100 << 20))
    with pytest.raises(ModelError, match="damaged"):
        restored(HALF_MAGIC + hashlib.sha256(bomb).digest() + bomb, ROW.nbytes)
