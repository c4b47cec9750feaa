"""How much of a prompt is read between two steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.serving.prefill_budget import PrefillBudget, shares
from bot.engine.types import Request, SamplingParams
from tests.engine.toys import ToyModel, engine


def simulate(prefill_budget: PrefillBudget, base: float, each: float, steps: int = 50) -> list[int]:
    """Simulate a machine whose step takes ``base`` seconds plus ``each`` per prompt token."""
    read = []
    for step in range(steps):
        reading = prefill_budget.budget(4) if step % 3 else 0
        read.append(reading)
        prefill_budget.observe(4, reading, base + reading * each)
    return read


@pytest.mark.parametrize("each", [0.000_02, 0.000_4, 0.005])
def test_reading_stays_within_the_bound(each: float) -> None:
    read = simulate(PrefillBudget(0.1, 4096), 0.02, each)
    assert max(read[2:]) * each <= 0.1 + 64 * each  # the first guess may be wrong
    assert max(read[10:]) * each <= 0.1
    assert max(read[30:]) * each >= min(0.05, 1000 * each)  # and the bound is used fully


def test_a_machine_that_becomes_slow_is_believed_at_once() -> None:
    prefill_budget = PrefillBudget(0.1, 4096)
    simulate(prefill_budget, 0.02, 0.0001)
    before = prefill_budget.budget(4)
    prefill_budget.observe(4, before, 0.02 + before * 0.001)
    assert prefill_budget.budget(4) * 0.001 <= 0.1


def test_something_is_always_read() -> None:
    prefill_budget = PrefillBudget(0.001, 4096)
    for _ in range(20):
        prefill_budget.observe(1, max(8, prefill_budget.budget(1)), 5.0)
    assert prefill_budget.budget(1) >= 8


def test_nobody_waiting_means_larger_pieces() -> None:
    prefill_budget = PrefillBudget(0.1, 4096)
    simulate(prefill_budget, 0.02, 0.001)
    assert prefill_budget.budget(0) > prefill_budget.budget(4)


@given(st.lists(st.integers(0, 5000), max_size=20), st.integers(0, 3000))
def test_shares(remaining: list[int], budget: int) -> None:
    parts = shares(remaining, budget, range(len(remaining)))
    assert sum(parts) == min(budget, sum(remaining))
    assert all(0 <= part <= tokens for part, tokens in zip(parts, remaining, strict=True))
    unfinished = [part for part, tokens in zip(parts, remaining, strict=True) if part < tokens]
    assert not unfinished or max(unfinished) - min(unfinished) <= 1


def test_short_prompts_are_read_beside_a_long_one() -> None:
    assert shares([4000, 10, 20], 100, "abc") == [70, 10, 20]


def test_a_long_prompt_is_read_between_the_steps_of_the_others() -> None:
    """Every step writes a token of each running reply, and reads no more than the budget allows."""
    model = ToyModel()
    shared = engine(model, rows=4, prefill_chunk=100)
    for number in range(3):
        shared.submit(Request(tokens=(5 + number,), sampling=SamplingParams(temperature=0, max_tokens=200)))
    shared.step()
    lengths: list[list[int]] = []
    model.on_step = lambda now: lengths.append(list(now))
    shared.submit(Request(tokens=tuple(1 + n % 200 for n in range(4000)), sampling=SamplingParams(max_tokens=1)))
    for _ in range(100):
        shared.step()
    reading = [now for now in lengths if len(now) == 4 and now[3] > 1]
    assert len(reading) >= 40
    assert all(now[:3] == [1, 1, 1] and now[3] <= 100 for now in reading)


def test_an_owner_of_many_prompts_gets_one_share() -> None:
    parts = shares([1000] * 30 + [50], 100, ["one"] * 30 + ["two"])
    assert parts[30] == 50
    assert parts[:30] == [50] + [0] * 29  # and reads one after another
    assert shares([10, 1000, 1000], 100, ["one", "one", "two"]) == [10, 40, 50]
