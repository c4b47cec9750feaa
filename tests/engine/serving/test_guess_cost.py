"""The cost of a guessed token is learned, and unlearned."""

import pytest

from bot.engine.serving.drafts import MAX_CREDIT, MIN_DRAFT
from bot.engine.serving.guess_cost import FIRST_COST, MIN_COST, GuessCost

STEP = 0.01  # seconds


def learned(each: float, passes: int = 40, rows: int = 1) -> GuessCost:
    """Return what is learned where each token costs ``each`` steps."""
    cost = GuessCost()
    for _ in range(passes):
        cost.observe(rows, 0, STEP)
        cost.observe(rows, 5, STEP * (1 + 5 * each))
    return cost


@pytest.mark.parametrize("each", [0.02, 0.07, 0.5, 1.0])
def test_the_cost_is_learned(each: float) -> None:
    assert learned(each).cost(1) == pytest.approx(each, rel=0.05)


def test_it_is_learned_for_each_number_of_rows() -> None:
    cost = learned(0.5, rows=4)
    assert cost.cost(1) == FIRST_COST
    assert cost.cost(4) == pytest.approx(0.5, rel=0.05)


def test_interrupted_passes_do_not_stop_the_guessing() -> None:
    cost = learned(0.07)
    for _ in range(2):
        cost.observe(1, 3, 100 * STEP)
    assert cost.cost(1) * MIN_DRAFT < MAX_CREDIT
    cost.observe(1, 0, 100 * STEP)
    for _ in range(20):
        cost.observe(1, 0, STEP)
        cost.observe(1, 5, STEP * 1.35)
    assert cost.cost(1) == pytest.approx(0.07, rel=0.1)


def test_a_cost_too_high_for_guessing_is_tried_again() -> None:
    cost = learned(5.0)
    assert cost.cost(1) * MIN_DRAFT > MAX_CREDIT
    for _ in range(3000):
        cost.observe(1, 0, STEP)
    assert cost.cost(1) * MIN_DRAFT < 0.5


def test_nothing_is_free() -> None:
    cost = learned(-0.1)
    assert cost.cost(1) == pytest.approx(MIN_COST, rel=0.05)
    for _ in range(40):
        cost.observe(1, 5, STEP * 1.35)
    assert cost.cost(1) == pytest.approx(0.07, rel=0.05)
