"""The process that runs another package's model: `python -m bot.engine.bench.peer_process SETTINGS`, as JSON.

It reads lines ``decode STEPS ROWS`` or ``prefill TOKENS 1`` and answers each with one line: tokens per second.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bot.engine.bench.llama_peer import LlamaCpp
from bot.engine.bench.peer import PeerSettings


class Network(Protocol):
    """Another package's model."""

    def prefill(self, tokens: list[int]) -> int:
        """Read a prompt. Returns the number of tokens read."""

    def decode(self, steps: int, rows: int) -> int:
        """Feed ``rows`` replies ``steps`` tokens each, one at a time. Returns the number of tokens fed."""


class Rwkv:
    """The rwkv package, which has no batches: it always decodes one row."""

    def __init__(self, settings: PeerSettings) -> None:
        import torch
        from rwkv.model import RWKV

        torch.set_num_threads(settings.threads)
        path = settings.model.removesuffix(".pth") if settings.version.startswith("7") else settings.model
        self._network = RWKV(path, settings.strategy)
        self._state: Any = None

    def prefill(self, tokens: list[int]) -> int:
        self._network.forward(tokens, None)
        return len(tokens)

    def decode(self, steps: int, rows: int) -> int:
        for step in range(steps):
            _, self._state = self._network.forward([step % 256], self._state)
        return steps


class RwkvServe:
    """The model of rwkvserve, in fp32, without its sampling and HTTP server."""

    def __init__(self, settings: PeerSettings) -> None:
        if settings.version != "7":
            sys.exit("rwkvserve runs RWKV-7 only")
        import torch
        from rwkvserve.models.rwkv7.config import SimpleTrainConfig
        from rwkvserve.models.rwkv7.model import RWKV7Model

        torch.set_num_threads(settings.threads)
        weights = torch.load(settings.model, map_location="cpu", weights_only=True)
        self._torch = torch
        self._network = RWKV7Model(SimpleTrainConfig(**_sizes(weights)))
        shapes = {name: own.shape for name, own in self._network.state_dict().items()}
        fitting = {name: weight.reshape(shapes.get(name, weight.shape)) for name, weight in weights.items()}
        self._network.load_state_dict(fitting)
        self._network = self._network.float().eval()
        self._states: dict[int, Any] = {}  # by number of rows

    def prefill(self, tokens: list[int]) -> int:
        self._forward([tokens], None)
        return len(tokens)

    def decode(self, steps: int, rows: int) -> int:
        for step in range(steps):
            self._states[rows] = self._forward([[step % 256]] * rows, self._states.get(rows))
        return steps * rows

    def _forward(self, tokens: list[list[int]], states: Any) -> Any:
        with self._torch.inference_mode():
            return self._network.forward_with_state(self._torch.tensor(tokens), states)[1]


def _sizes(weights: Mapping[str, Any]) -> dict[str, int]:
    vocabulary, width = weights["emb.weight"].shape
    layers = {name.split(".")[1] for name in weights if name.startswith("blocks.")}
    return {
        "n_layer": len(layers), "n_embd": width, "vocab_size": vocabulary,
        "dim_att_lora": weights["blocks.0.att.w1"].shape[1], "dim_gate_lora": weights["blocks.0.att.g1"].shape[1],
        "dim_mv_lora": weights["blocks.1.att.v1"].shape[1],
    }  # fmt: skip


PACKAGES: Mapping[str, Callable[[PeerSettings], Network]] = {
    "rwkv": Rwkv, "rwkvserve": RwkvServe, "llama.cpp": LlamaCpp,
}  # fmt: skip


def serve(settings: PeerSettings) -> None:
    """Load the model, then answer the lines of standard input."""
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # the packages print while they load
        network = PACKAGES[settings.package](settings)
        network.prefill([1, 2, 3])
        network.decode(1, 1)
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            what, count, rows = line.split()
            start = time.perf_counter()
            if what == "prefill":
                done = network.prefill([place % 256 for place in range(int(count))])
            else:
                done = network.decode(int(count), int(rows))
            print(done / (time.perf_counter() - start), file=answers, flush=True)


if __name__ == "__main__":
    serve(PeerSettings(**json.loads(sys.argv[1])))
