"""GPU recurrences agree with the formulas in plain torch, for any mix of rows, slots and types."""

import pytest
import torch
from torch import Tensor

from bot.engine.cuda.time_mix4 import time_mix4
from bot.engine.cuda.time_mix6 import time_mix6
from bot.engine.cuda.time_mix7 import time_mix7
from bot.engine.kernels.reference import wkv4
from bot.engine.models.rwkv5 import mix as mix56
from bot.engine.models.rwkv7 import TimeMix as TimeMix7
from bot.engine.rows import Rows
from tests.engine.cuda.places import DEVICE

POOL = 7  # slots
BATCHES = {  # lengths and slots
    "decode": ([1, 1, 1, 1], [2, 0, 6, 3]),
    "prompt": ([13], [1]),
    "mixture": ([1, 6, 1, 3], [6, 1, 0, 5]),
    "every slot": ([2, 1, 1, 1, 1, 2, 1], [4, 6, 1, 0, 2, 5, 3]),
}
SHAPES = [(3, 16), (1, 64)]  # heads and their size
TYPES = [(torch.float32, torch.float32), (torch.float16, torch.float16), (torch.bfloat16, torch.float32)]
NAMES = ["fp32", "fp16", "bf16"]


def normal(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(DEVICE, dtype)


def assert_same(found: Tensor, expected: Tensor, dtype: torch.dtype) -> None:
    """Both compute in float32 and round once, so a result may differ by one unit in the last place."""
    tolerance = {torch.float32: 2e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}[dtype]
    assert found.dtype == expected.dtype
    torch.testing.assert_close(found.float(), expected.float(), rtol=tolerance, atol=tolerance)


def assert_idle_slots_are_untouched(before: Tensor, after: Tensor, slots: list[int]) -> None:
    idle = [slot for slot in range(POOL) if slot not in slots]
    assert torch.equal(before[idle], after[idle])


class Formulas7:
    """The layer parameters that the RWKV-7 formulas need."""

    mix = TimeMix7.mix

    def __init__(self, heads: int, size: int) -> None:
        self.heads, self.size = heads, size
        self.parameters = normal(8, heads * size, seed=1)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize(("heads", "size"), SHAPES)
@pytest.mark.parametrize(("dtype", "kept"), TYPES, ids=NAMES)
@pytest.mark.parametrize("later", [False, True])
def test_rwkv7(
    batch: tuple[list[int], list[int]], heads: int, size: int, dtype: torch.dtype, kept: torch.dtype, later: bool
) -> None:
    lengths, slots = batch
    rows, tokens, width = Rows.pack(lengths, slots, DEVICE), sum(lengths), heads * size
    rkv, low = (
        normal(tokens, 3 * width, seed=2, dtype=dtype),
        normal(tokens, (4 if later else 3) * width, seed=3, dtype=dtype),
    )
    state = normal(POOL, heads, size, size, seed=4, dtype=kept)
    first = normal(tokens, width, seed=5, dtype=dtype)
    ours, theirs = (state.clone(), first.clone()), (state.clone(), first.clone())
    formulas = Formulas7(heads, size)
    found = time_mix7(rkv, low, formulas.parameters, ours[1], ours[0], rows)
    expected = formulas.mix(rkv, low, theirs[1], theirs[0], rows)  # type: ignore[misc]  # only its sizes and parameters
    assert_same(found, expected, dtype)
    assert_same(ours[0], theirs[0], kept)
    assert torch.equal(ours[1], theirs[1])
    assert_idle_slots_are_untouched(state, ours[0], slots)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize(("heads", "size"), SHAPES)
@pytest.mark.parametrize(("dtype", "kept"), TYPES, ids=NAMES)
@pytest.mark.parametrize("version", ["5.0", "5.2", "6"])
def test_rwkv5_and_6(
    batch: tuple[list[int], list[int]], heads: int, size: int, dtype: torch.dtype, kept: torch.dtype, version: str
) -> None:
    lengths, slots = batch
    rows, tokens, width = Rows.pack(lengths, slots, DEVICE), sum(lengths), heads * size
    rkvg = normal(tokens, (3 if version == "5.0" else 4) * width, seed=2, dtype=dtype)
    decay = normal(tokens, width, seed=3, dtype=dtype) if version == "6" else None
    parameters, state = normal(4, width, seed=1), normal(POOL, heads, size, size, seed=4, dtype=kept)
    ours, theirs = state.clone(), state.clone()
    found = time_mix6(rkvg, decay, parameters, ours, rows)
    expected = mix56(rkvg, decay, parameters, theirs, rows, "torch")
    assert_same(found, expected, dtype)
    assert_same(ours, theirs, kept)
    assert_idle_slots_are_untouched(state, ours, slots)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("width", [64, 128, 200])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=NAMES)
def test_rwkv4(batch: tuple[list[int], list[int]], width: int, dtype: torch.dtype) -> None:
    lengths, slots = batch
    rows, tokens = Rows.pack(lengths, slots, DEVICE), sum(lengths)
    rkv = normal(tokens, 3 * width, seed=2, dtype=dtype)
    decay, first = -torch.exp(normal(width, seed=1)), normal(width, seed=6)
    pools = [normal(POOL, width, seed=7), normal(POOL, width, seed=8).abs(), normal(POOL, width, seed=9)]
    pools[2][0] = -1e30  # a row that has read nothing
    ours, theirs = [pool.clone() for pool in pools], [pool.clone() for pool in pools]
    found = time_mix4(rkv, decay, first, ours[0], ours[1], ours[2], rows)
    r, k, v = (part.float() for part in torch.split(rkv, width, 1))
    expected = torch.sigmoid(r) * wkv4(decay, first, k, v, theirs[0], theirs[1], theirs[2], rows)
    assert_same(found, expected.to(dtype), dtype)
    for before, mine, other in zip(pools, ours, theirs, strict=True):
        assert_same(mine, other, torch.float32)
        assert_idle_slots_are_untouched(before, mine, slots)


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_a_prompt_in_two_pieces_gives_the_same_to_the_bit(cut: int) -> None:
    heads, size, tokens = 2, 32, 9
    width = heads * size
    parameters, rkv, low = (
        normal(8, width, seed=1),
        normal(tokens, 3 * width, seed=2),
        normal(tokens, 3 * width, seed=3),
    )
    whole, pieces = (torch.zeros(POOL, heads, size, size, device=DEVICE) for _ in range(2))
    once = time_mix7(
        rkv, low, parameters, torch.empty(tokens, width, device=DEVICE), whole, Rows.pack([tokens], [3], DEVICE)
    )
    parts = []
    for part in (slice(0, cut), slice(cut, tokens)):
        count = len(rkv[part])
        first = torch.empty(count, width, device=DEVICE)
        rows = Rows.pack([count], [3], DEVICE)
        parts.append(time_mix7(rkv[part].contiguous(), low[part].contiguous(), parameters, first, pieces, rows))
    assert torch.equal(torch.cat(parts), once)
    assert torch.equal(whole, pieces)
