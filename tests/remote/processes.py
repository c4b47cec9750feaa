"""`roost engine` in separate processes, which can be killed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "processes" * 4


class EngineProcess:
    """A process with the demo model; ``url`` waits until it answers."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "bot", "engine", "--port", "0", "--data", str(folder)]
        environment = {**os.environ, "ROOST_ENGINE_KEY": KEY, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def url(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://\S+", line):
                return found[0].rstrip("/")
        raise AssertionError("the engine has ended")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def engine_processes(folder: Path, count: int) -> Iterator[list[EngineProcess]]:
    processes = [EngineProcess(folder / str(number)) for number in range(count)]
    try:
        yield processes
    finally:
        for each in processes:
            each.end()
