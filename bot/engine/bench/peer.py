"""Another package on the same weights, in a separate process: rwkv fixes one model version per process."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, cast

from bot.errors import ModelError

CPU = "cpu fp32"  # the rwkv package's fastest strategy on a CPU


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """What to load, and how."""

    package: str  # one of ``peer_process.PACKAGES``
    model: str  # a .pth file
    folder: str  # for a converted copy
    version: str
    strategy: str = CPU
    threads: int = 1


class Peer:
    """The child process. Use it in a ``with`` statement."""

    def __init__(self, settings: PeerSettings) -> None:
        self.package = settings.package
        environment = os.environ | {
            "RWKV_JIT_ON": "1",
            "RWKV_CUDA_ON": "0",
            "RWKV_V7_ON": "1" if settings.version.startswith("7") else "0",
            "RWKV_DE_VERSION": "1" if settings.version == "7a" else "0",
        }
        command = [sys.executable, "-m", "bot.engine.bench.peer_process", json.dumps(asdict(settings))]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self._input, self._output = cast(IO[str], self._child.stdin), cast(IO[str], self._child.stdout)
        try:
            self._answer()
        except BaseException:
            self._close()
            raise

    def measure(self, what: str, tokens: int, rows: int = 1) -> float:
        """Return tokens per second of one ``decode`` or ``prefill`` of ``tokens`` tokens.

        ``rows``: of a decode, for a package that has batches.
        """
        print(what, tokens, rows, file=self._input, flush=True)
        return float(self._answer())

    def _answer(self) -> str:
        line = self._output.readline()
        if not line:
            raise ModelError("The package {name} could not run this model; its message is above.", name=self.package)
        return line

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        self._input.close()
        self._output.close()
        self._child.wait(timeout=60)
