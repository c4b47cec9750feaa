"""The processor time of grammars."""

import pytest

from bot.engine.sampling.grammar_time import MEASURED_STEPS, PER_TOKEN, SPARE, GrammarTime


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def step(time: GrammarTime, clock: Clock, costs: dict[int, float], tokens: int = 1) -> set[int]:
    """Let each slot work for that long; return those that have exceeded their time."""
    over = set()
    time.begin()
    for slot, seconds in costs.items():
        clock.now += seconds
        if time.spent(slot, tokens):
            over.add(slot)
    time.end()
    return over


def test_only_the_slow_one_exceeds_its_time() -> None:
    clock = Clock()
    time = GrammarTime(clock, clock)
    for slot in (1, 2):
        time.admit(slot)
    steps = next(count for count in range(1, 1000) if step(time, clock, {1: 0.0001, 2: 0.05}) == {2})
    assert steps <= SPARE / (0.05 - PER_TOKEN) + 3


def test_the_usual_ones_may_go_on_forever() -> None:
    clock = Clock()
    time = GrammarTime(clock, clock)
    time.admit(1)
    assert not any(step(time, clock, {1: PER_TOKEN * 0.99}) for _ in range(5000))


@pytest.mark.parametrize("pause", [1, MEASURED_STEPS - 1])
def test_a_slow_step_now_and_then_is_noticed(pause: int) -> None:
    clock = Clock()
    time = GrammarTime(clock, clock)
    time.admit(1)
    costs = [SPARE / 2 if not place % (pause + 1) else 0.0 for place in range(8 * (pause + 1))]
    assert any(step(time, clock, {1: cost}, tokens=0) for cost in costs)


def test_a_slot_starts_anew() -> None:
    clock = Clock()
    time = GrammarTime(clock, clock)
    for _ in range(2):
        time.admit(1)
        assert not step(time, clock, {1: SPARE * 0.6})
        time.release(1)
