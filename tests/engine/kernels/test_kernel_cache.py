"""Kernels read from disk compute the same as freshly compiled ones."""

from pathlib import Path

from tests.engine.kernels.test_compiling import run

SCRIPT = """
import numpy as np
from bot.engine.kernels.compiling import why_not
from bot.engine.kernels.functions import sigmoid
from bot.engine.kernels.work_queue import new_queue, report, take
assert why_not() == ""
queue = new_queue(1)
print(take(queue, 0, 3), take(queue, 0, 3), "%.6f" % sigmoid(np.float32(1)))
print(sum(sum(part.stats.cache_hits.values()) for part in (take, sigmoid)))
print(sum(sum(part.stats.cache_misses.values()) for part in (take, sigmoid)))
assert report.signatures == []
report(queue, 0, 6)  # never compiled before: numba must still be able to
print(queue[16])
"""


def test_compiled_once_then_read_and_still_able_to_compile(tmp_path: Path) -> None:
    assert run(SCRIPT, tmp_path) == ["0 3 0.731059", "0", "2", "6"]
    for file in tmp_path.rglob("work_queue.report*"):
        file.unlink()
    assert run(SCRIPT, tmp_path) == ["0 3 0.731059", "2", "0", "6"]
