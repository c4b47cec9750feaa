"""How many replicas the load needs. Ray Serve calls ``replicas_wanted`` as its autoscaling policy.

Serve's own policy counts requests that pass through Serve; replies here do not, so replicas report their rows and
queue. Serve applies the configured bounds and delays to what this returns.
"""

import math
from collections.abc import Mapping
from typing import Protocol

BUSY = 0.75  # share of the rows that should be in use: the rest absorbs bursts
RUNNING, QUEUED, ROWS = "roost_rows_running", "roost_queue_length", "roost_rows_limit"


class Load(Protocol):
    """The part of Ray Serve's AutoscalingContext that is used here."""

    target_num_replicas: int

    @property
    def aggregated_metrics(self) -> "Mapping[str, Mapping[object, float]] | None":
        """What replicas report: metric -> replica -> value."""


def replicas_wanted(load: Load) -> tuple[int, dict[str, object]]:
    """Return the number of replicas that would have ``BUSY`` of their rows in use, and an empty policy state."""
    reported = load.aggregated_metrics or {}
    rows = reported.get(ROWS, {})
    if not rows:  # nothing is known yet: change nothing
        return load.target_num_replicas, {}
    work = sum(reported.get(RUNNING, {}).values()) + sum(reported.get(QUEUED, {}).values())
    each = sum(rows.values()) / len(rows)
    return max(1, math.ceil(work / (each * BUSY))), {}
