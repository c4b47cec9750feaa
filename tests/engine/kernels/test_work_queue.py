"""Threads that share tasks: every task is done once, and no thread waits for an idle one."""

import threading
from typing import Any

import numpy as np
import pytest

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.threads import Team, set_threads, team
from bot.engine.kernels.work_queue import report, take, wait
from tests.waiting import PATIENCE, until_in_thread

TASKS = 1000


@compiled
def count_and_sum(queue: Any, counts: Any, total: Any) -> None:
    """Two phases: count each task, then add up the counts of all threads."""
    done = 0
    first = take(queue, 0, 7)
    while first < counts.size:
        last = min(first + 7, counts.size)
        for task in range(first, last):
            counts[task] += 1
        done += last - first
        first = take(queue, 0, 7)
    report(queue, 0, done)
    wait(queue, 0, counts.size)
    if take(queue, 1, 1) == 0:
        total[0] = counts.sum()
        report(queue, 1, 1)
    wait(queue, 1, 1)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_task_is_done_once_and_a_phase_sees_the_one_before(threads: int) -> None:
    some = Team(threads)
    for _ in range(50):
        counts, total = np.zeros(TASKS, np.int64), np.zeros(1, np.int64)
        some.run(count_and_sum, 2, counts, total)
        assert (counts == 1).all()
        assert total[0] == TASKS
    some.dismiss()


def test_a_thread_that_comes_late_or_never_keeps_nobody_waiting() -> None:
    some = Team(3)
    held, free = threading.Event(), threading.Event()

    def sleep(queue: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            held.set()
            free.wait(2 * PATIENCE)

    some.run(sleep, 1)
    assert held.wait(PATIENCE)
    counts, total = np.zeros(TASKS, np.int64), np.zeros(1, np.int64)
    some.run(count_and_sum, 2, counts, total)
    assert total[0] == TASKS
    assert not free.is_set(), "the helpers still sleep"
    free.set()
    some.dismiss()


def test_an_error_is_the_callers_and_the_helpers_live_on() -> None:
    some = Team(2)

    def fail(queue: object) -> None:
        raise ValueError("no such kernel")

    with pytest.raises(ValueError, match="no such kernel"):
        some.run(fail, 1)
    counts, total = np.zeros(TASKS, np.int64), np.zeros(1, np.int64)
    some.run(count_and_sum, 2, counts, total)
    assert total[0] == TASKS
    some.dismiss()


def test_helpers_end_when_the_number_of_threads_changes() -> None:
    before = team().threads
    set_threads(3)
    helpers = [thread for thread in threading.enumerate() if thread.name.startswith("kernels-")]
    assert team().threads == 3
    set_threads(1)
    assert team().threads == 1
    until_in_thread(lambda: not any(thread.is_alive() for thread in helpers))
    set_threads(before)
