"""Drafts guessed from earlier text, and their cost."""

import pytest

from bot.engine.serving.drafts import CONTEXT, MAX_CREDIT, MAX_DRAFT, MIN_DRAFT, Drafts

COST = 0.1


def test_the_last_place_where_the_same_was_said_is_what_follows() -> None:
    drafts = Drafts.after([1, 2, 3, 4, 5, 9, 1, 2, 3, 6, 7, 8, 1, 2, 3])
    assert drafts.guess(COST, 15) == [6, 7, 8]
    assert Drafts.after([9, 1, 2, 1, 2, 1, 2, 1]).guess(COST, 15) == [2, 1, 2]
    drafts.write(4)
    assert drafts.guess(COST, 15) == [5, 9, 1]
    assert drafts.guess(COST, 2) == [5, 9]
    assert drafts.guess(COST, 0) == []
    drafts.write(77)
    assert drafts.guess(COST, 15) == []


def test_too_little_was_said() -> None:
    drafts = Drafts.after([])
    for token in range(CONTEXT):
        assert drafts.guess(COST, 9) == []
        drafts.write(token)


def test_right_guesses_grow_and_wrong_ones_shrink() -> None:
    drafts = Drafts.after([1] * 40)
    sizes = []
    for _ in range(4):
        guess = drafts.guess(COST, 99)
        sizes.append(len(guess))
        drafts.settle(len(guess), len(guess), COST)
        for token in guess:
            drafts.write(token)
    assert sizes == [MIN_DRAFT, 2 * MIN_DRAFT, 4 * MIN_DRAFT, MAX_DRAFT]
    drafts.settle(MAX_DRAFT, 1, COST)
    assert drafts.size == MIN_DRAFT


def test_a_guess_that_is_too_dear_is_shortened() -> None:
    """Where a token costs much, the longest guess would exceed every credit, and nothing would be guessed again."""
    cost = MAX_CREDIT / (MAX_DRAFT - 1)
    drafts = Drafts.after([1] * 40)
    sizes = []
    for _ in range(6):
        guess = drafts.guess(cost, 99)
        sizes.append(len(guess))
        drafts.settle(len(guess), len(guess), cost)
        for token in guess:
            drafts.write(token)
    assert sizes[-1] == MAX_DRAFT - 1
    assert Drafts.after([1] * 40).guess(MAX_CREDIT, 99) == []


@pytest.mark.parametrize("cost", [0.05, 0.12, 0.5, 3.0])
def test_wrong_guesses_cost_at_most_three_steps_in_a_hundred(cost: float) -> None:
    """The worst case: every context has occurred, but never continues as before."""
    drafts = Drafts.after([1, 2, 3] * 10)
    steps = 2000
    paid = 0.0
    for step in range(steps):
        guess = drafts.guess(cost, 99)
        if guess:
            paid += cost * len(guess)
            drafts.settle(len(guess), 0, cost)
        drafts.write((1, 2, 3)[step % 3])
        assert drafts.credit <= MAX_CREDIT
    assert paid <= 0.03 * steps
