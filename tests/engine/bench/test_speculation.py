"""The speculative decoding benchmark, on a model whose steps all take the same time."""

import time
from collections.abc import Sequence

import pytest

from bot.engine.bench import speculation
from bot.engine.bench.speculation import measure_speculation
from tests.engine.toys import ByteCoder, ToyModel


def test_repeats_gain_and_the_rest_loses_little(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def passed(lengths: Sequence[int]) -> None:
        nonlocal now
        now += 1.0 + 0.1 * (sum(lengths) - 1)

    model = ToyModel()
    model.on_step = passed
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    monkeypatch.setattr(speculation, "TOKENS", 200)
    found = measure_speculation(model, ByteCoder(), turns=1)
    assert found.repeats > 1.6
    assert 0.97 <= found.no_repeats <= 1.0
