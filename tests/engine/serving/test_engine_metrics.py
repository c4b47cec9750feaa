"""Metrics that the engine records."""

from bot.engine.serving.batch_engine import Engine
from bot.engine.types import Request, SamplingParams
from bot.metrics import Metrics
from tests.engine.toys import ByteCoder, ToyModel, settings


def count(metrics: Metrics, name: str) -> float:
    """Return the number of values in a histogram."""
    line = next(line for line in metrics.render().splitlines() if line.startswith(f"{name}_count "))
    return float(line.split()[1])


def test_tokens_times_rows_and_replies_are_counted() -> None:
    metrics, model = Metrics(), ToyModel()
    engine = Engine(model, ByteCoder(), settings(rows=2), metrics=metrics)
    for place in range(3):
        engine.submit(Request(tokens=(5, 6, 7 + place), sampling=SamplingParams(max_tokens=4, temperature=0)))
    while engine.busy:
        engine.step()
    assert metrics.value("roost_prompt_tokens_total") == engine.tokens_read == 9
    assert metrics.value("roost_generation_tokens_total") == 12
    assert metrics.value("roost_request_success_total", finished_reason="length") == 3
    for name in (
        "roost_request_queue_time_seconds",
        "roost_request_prefill_time_seconds",
        "roost_request_decode_time_seconds",
    ):
        assert count(metrics, name) == 3
    assert count(metrics, "roost_step_seconds") == count(metrics, "roost_step_rows") == model.steps
    assert 'roost_step_rows_bucket{le="2"}' in metrics.render()


def test_replies_that_give_way_and_those_that_fail_are_counted() -> None:
    metrics, model = Metrics(), ToyModel()
    engine = Engine(model, ByteCoder(), settings(rows=2), metrics=metrics)
    long = SamplingParams(max_tokens=500, temperature=0)
    for _ in range(2):
        engine.submit(Request(tokens=(5, 6), sampling=long, user="ann"))
    engine.step()
    engine.submit(Request(tokens=(8, 9), sampling=long, user="bo"))
    engine.step()
    assert metrics.value("roost_requests_deferred_total") == 1
    model.failure = RuntimeError("broken")
    engine.step()
    assert metrics.value("roost_request_success_total", finished_reason="error") == 2
