"""Large states elsewhere, and inexact ones."""

import numpy as np

from bot.engine.half_states import is_halved
from bot.engine.state import RowState
from bot.remote.state_layers import HalvedStates, SplitStates
from tests.remote.served import Disk

ROW = RowState({"S": np.linspace(-1, 1, 999, dtype=np.float32)})


async def test_the_large_ones_are_elsewhere() -> None:
    small, large = Disk(), Disk()
    split = SplitStates(small, large, above=10)
    await split.save("a", b"123456789")
    await split.save("b", b"1234567890")
    assert (small.kept, large.kept) == ({"a": b"123456789"}, {"b": b"1234567890"})
    assert [await split.load(name) for name in "abc"] == [b"123456789", b"1234567890", None]
    assert await split.known(["a", "b", "c"]) == {"a", "b"}
    large.kept["a"] = b"old"
    await split.forget(["a", "b"])
    assert small.kept == large.kept == {}


async def test_copies_are_halved_on_the_way() -> None:
    disk = Disk()
    halves = HalvedStates(disk, ROW.nbytes)
    await halves.save("a", ROW.to_bytes("f"))
    assert is_halved(disk.kept["a"])
    found = await halves.load("a")
    assert found is not None
    assert np.allclose(np.asarray(ROW.from_bytes(found, "f").tensors["S"]), np.asarray(ROW.tensors["S"]), atol=1e-3)
    disk.kept["a"] = disk.kept["a"][:-1]
    assert await halves.load("a") is None
    assert await halves.known(["a"]) == set(), "a damaged one is deleted"
