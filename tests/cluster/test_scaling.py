"""The number of replicas follows rows and queue."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bot.cluster.scaling import QUEUED, ROWS, RUNNING, replicas_wanted


@dataclass
class FakeLoad:
    """What Ray Serve passes to the policy."""

    target_num_replicas: int
    aggregated_metrics: Mapping[str, Mapping[object, float]] | None


@pytest.mark.parametrize(
    ("running", "queued", "wanted"),
    [((0, 0), (0, 0), 1), ((24, 0), (0, 0), 1), ((24, 1), (0, 0), 2), ((24, 24), (0, 0), 2), ((32, 32), (40, 0), 5)],
)
def test_replicas_are_to_be_three_quarters_full(running: tuple[int, ...], queued: tuple[int, ...], wanted: int) -> None:
    reported = {RUNNING: running, QUEUED: queued, ROWS: (32, 32)}
    load = FakeLoad(2, {metric: dict(enumerate(map(float, values))) for metric, values in reported.items()})
    assert replicas_wanted(load) == (wanted, {})


@pytest.mark.parametrize("reported", [None, {}, {RUNNING: {1: 5.0}}])
def test_without_reports_nothing_changes(reported: Mapping[str, Mapping[object, float]] | None) -> None:
    assert replicas_wanted(FakeLoad(3, reported)) == (3, {})
