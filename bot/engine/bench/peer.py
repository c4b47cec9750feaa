"""The `rwkv` package on the same weights, in a separate process: it fixes one model version per process.

The child reads lines ``decode N`` or ``prefill N`` and answers each with one line: tokens per second.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from bot.errors import ModelError

CPU = "cpu fp32"  # the package's fastest strategy on a CPU


class Peer:
    """The child process. Use it in a ``with`` statement."""

    def __init__(self, model: Path, version: str, threads: int, strategy: str = CPU) -> None:
        """``model`` is a .pth file."""
        environment = os.environ | {
            "RWKV_JIT_ON": "1",
            "RWKV_CUDA_ON": "0",
            "RWKV_V7_ON": "1" if version.startswith("7") else "0",
            "RWKV_DE_VERSION": "1" if version == "7a" else "0",
        }
        command = [sys.executable, "-m", "bot.engine.bench.peer", str(model), version, str(threads), strategy]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self._input, self._output = cast(IO[str], self._child.stdin), cast(IO[str], self._child.stdout)
        self._answer()

    def measure(self, what: str, tokens: int) -> float:
        """Return tokens per second of one ``decode`` or ``prefill`` of ``tokens`` tokens."""
        print(what, tokens, file=self._input, flush=True)
        return float(self._answer())

    def _answer(self) -> str:
        line = self._output.readline()
        if not line:
            raise ModelError("The rwkv package could not run this model; its message stands above.")
        return line

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._input.close()
        self._output.close()
        self._child.wait(timeout=60)


def serve(model: str, version: str, threads: int, strategy: str) -> None:
    """Run the child process."""
    import torch

    with contextlib.redirect_stdout(sys.stderr):  # the package prints while it loads
        from rwkv.model import RWKV

        torch.set_num_threads(threads)
        name = model.removesuffix(".pth") if version.startswith("7") else model
        network = RWKV(name, strategy)
        _, state = network.forward([1, 2, 3], None)
        network.forward([1], state)
    print("ready", flush=True)
    for line in sys.stdin:
        what, count = line.split()
        tokens = [i % 256 for i in range(int(count))]
        start = time.perf_counter()
        if what == "prefill":
            network.forward(tokens, None)
        else:
            for token in tokens:
                _, state = network.forward([token], state)
        print(len(tokens) / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
