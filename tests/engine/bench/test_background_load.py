"""The load of other processes is detected; this process's own is not counted."""

import subprocess
import sys
import time

import pytest

from bot.engine.bench import background_load
from bot.engine.bench.background_load import BackgroundLoad
from tests.waiting import until_in_thread

WORK = "import time; end = time.time() + 60\nwhile time.time() < end: pass"


def work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_own_work_and_that_of_children_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = [100.0, 103.0]  # of the machine, before and after
    own = [5.0, 7.0]
    monkeypatch.setattr(background_load, "_busy_seconds", lambda: worked.pop(0))
    monkeypatch.setattr(background_load, "_own_seconds", lambda: own.pop(0))
    clock = [0.0, 2.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock.pop(0))
    assert BackgroundLoad().processors() == pytest.approx(0.5)  # 3 s of CPU time, 2 of them our own, in 2 s


@pytest.mark.parametrize(("used", "said"), [(0.1, None), (1.3, "other programs keep 1.3 of")])
def test_only_a_busy_machine_is_worth_a_warning(monkeypatch: pytest.MonkeyPatch, used: float, said: str | None) -> None:
    monkeypatch.setattr(BackgroundLoad, "processors", lambda self: used)
    warning = BackgroundLoad().warning()
    assert warning is None if said is None else warning is not None and said in warning


def test_the_systems_own_counts_hold_the_time_of_this_process_and_its_children() -> None:
    before, machine = background_load._own_seconds(), background_load._busy_seconds()
    child = subprocess.Popen([sys.executable, "-c", WORK])
    try:
        work(0.3)
        until_in_thread(lambda: background_load._own_seconds() - before >= 0.5)
        assert background_load._busy_seconds() - machine >= 0.3
    finally:
        child.kill()
        child.wait()
