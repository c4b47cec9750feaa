"""Inclusion groups."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from bot.library.lore.lore_entry import LoreEntry
from bot.library.lore.lore_groups import group_losers
from tests.timing import thread_seconds


def entry(name: str, **fields: Any) -> tuple[str, LoreEntry]:
    return name, LoreEntry(id=name, **({"groups": ("g",)} | fields))


def losers(*candidates: tuple[str, LoreEntry], seed: int = 0, **options: Any) -> set[str]:
    defaults: dict[str, Any] = {"sticky": frozenset(), "scores": {}}
    taken = options.pop("taken", frozenset())
    return group_losers(candidates, taken, random=Random(seed), **(defaults | options))


def test_one_of_a_group_is_left() -> None:
    for seed in range(20):
        assert len(losers(entry("a"), entry("b"), entry("c"), seed=seed)) == 2
    assert losers(entry("a"), entry("b", groups=("other",)), entry("c", groups=())) == set()


def test_weights_are_the_odds() -> None:
    candidates = (entry("a", group_weight=90), entry("b", group_weight=10), entry("c", group_weight=0))
    won = Counter(name for seed in range(600) for name in {"a", "b", "c"} - losers(*candidates, seed=seed))
    assert won["c"] == 0
    assert won["a"] / 600 == pytest.approx(0.9, abs=0.06)


def test_order_beats_chance_where_an_entry_asks_for_it() -> None:
    candidates = (entry("a"), entry("b", group_override=True, order=5), entry("c", group_override=True, order=9))
    assert all(losers(*candidates, seed=seed) == {"a", "b"} for seed in range(20))


def test_the_better_match_wins_by_score() -> None:
    candidates = (entry("a", group_scoring=True), entry("b", group_scoring=True))
    assert all(losers(*candidates, seed=seed, scores={"a": 1, "b": 2}) == {"a"} for seed in range(20))


def test_a_sticky_entry_stays() -> None:
    candidates = (entry("a", group_weight=10_000), entry("b"))
    assert all(losers(*candidates, seed=seed, sticky=frozenset("b")) == {"a"} for seed in range(20))


def test_a_group_that_has_its_entry_takes_no_other() -> None:
    assert losers(entry("a"), entry("b"), taken=frozenset("g")) == {"a", "b"}


def test_an_entry_of_two_groups_must_win_both() -> None:
    for seed in range(20):
        lost = losers(entry("a", groups=("g", "h")), entry("b", groups=("g",)), entry("c", groups=("h",)), seed=seed)
        assert ("a" in lost) or lost == {"b", "c"}


def test_all_weights_zero_is_no_error() -> None:
    assert losers(entry("a", group_weight=0), entry("b", group_weight=0)) == {"b"}


def test_many_groups_take_linear_time() -> None:
    candidates = [entry(str(n), groups=tuple(f"{n}.{m}" for m in range(32))) for n in range(2000)]
    assert losers(*candidates) == set()
    assert thread_seconds(lambda: losers(*candidates)) < 5, "each group would be looked for in each entry: minutes"
