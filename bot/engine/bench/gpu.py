"""Measure a GPU: models of real shapes with weights drawn on the device: decode (graphs and eager), prefill, memory.

``python -m bot.engine.bench.gpu --out FILE`` writes one JSON file. Each figure is the median of its turns. ``graphs``
and ``eager`` take turns; the `rwkv` package runs in a separate process on a file of similar weights.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from bot.engine.bench.peer import Peer, PeerSettings
from bot.engine.cuda.bandwidth import NUMBERS, device_bandwidth, synchronize
from bot.engine.cuda.model import GraphedModel
from bot.engine.files.drawn_tensors import DrawnTensors
from bot.engine.models.network import Network
from bot.engine.models.networks import build_network, with_graphs
from bot.engine.models.strategy import parse_strategy
from bot.engine.spec import SHAPES, make_spec
from bot.engine.state import State
from bot.engine.unpacked import DTYPES

TURNS = 3
VERSION = "7"


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuPlan:
    """What to measure: every shape with every strategy and state precision."""

    shapes: Sequence[str] = ("0.1b", "1.5b", "7.2b")
    strategies: Sequence[str] = ("cuda fp16", "cuda fp16i8")
    states: Sequence[str] = ("fp16", "fp32")
    rows: Sequence[int] = (1, 8, 32, 128, 256, 512)
    prefill: int = 2048
    peer_shape: str = "1.5b"  # the one compared with the package; "" for none
    seconds: float = 0.3  # per turn
    bandwidth_numbers: int = NUMBERS


@dataclass(slots=True, kw_only=True)
class GpuFigures:
    """A model's figures, in tokens per second; ``share`` of the memory bandwidth, by the bytes that a step reads."""

    shape: str
    strategy: str
    state: str
    build_seconds: float = 0.0
    graphs: dict[int, float] = field(default_factory=dict)  # by rows
    eager: dict[int, float] = field(default_factory=dict)
    share: dict[int, float] = field(default_factory=dict)
    prefill: float = 0.0
    peak_gb: float = 0.0
    package: float | None = None  # one row of the rwkv package
    problem: str = ""  # why the measurement ended early


def run_gpu(plan: GpuPlan, say: Callable[[str], None]) -> Iterator[dict[str, object]]:
    """Measure everything; yields the results so far after each model. What does not fit is recorded with a reason."""
    device = parse_strategy(plan.strategies[0]).placement().device
    bandwidth = device_bandwidth(device, plan.bandwidth_numbers)
    machine: dict[str, object] = {
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu",
        "torch": torch.__version__,
        "bandwidth_gb_s": round(bandwidth / 1e9, 1),
    }
    say(f"{machine['device']}: reads {machine['bandwidth_gb_s']} GB/s")
    results: list[GpuFigures] = []
    for shape in plan.shapes:
        for strategy in plan.strategies:
            for state in plan.states:
                figures = GpuFigures(shape=shape, strategy=strategy, state=state)
                results.append(figures)
                try:
                    _measure(figures, plan, bandwidth)
                except Exception as error:  # out of memory, Triton's own errors: the other models are still measured
                    figures.problem = str(error).strip().split("\n")[0] or type(error).__name__
                say(_line(figures))
                yield machine | {"models": [asdict(figures) for figures in results]}


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model on the device, with and without graphs."""

    model: GraphedModel | Network
    network: Network


def _build(figures: GpuFigures) -> BuiltModel:
    placement = parse_strategy(figures.strategy).placement(figures.state)
    spec = make_spec(VERSION, SHAPES[figures.shape])
    tensors = DrawnTensors(spec, torch.device(placement.device), DTYPES[placement.activation])
    network = build_network(spec, tensors, placement, "drawn")
    return BuiltModel(with_graphs(network) if placement.kernels == "triton" else network, network)


@torch.no_grad()
def _measure(figures: GpuFigures, plan: GpuPlan, bandwidth: float) -> None:
    if cuda := torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    built = _build(figures)
    state = built.model.new_state(max(plan.rows))
    figures.build_seconds = round(time.perf_counter() - started, 1)
    weights = built.network.weight_bytes - built.network.embedding.nbytes  # a step reads few rows of the embedding
    for rows in plan.rows:
        figures.graphs[rows], figures.eager[rows] = _decode(built, state, rows, plan.seconds)
        read = weights + 2 * rows * state.initial.nbytes
        figures.share[rows] = round(figures.graphs[rows] / rows * read / bandwidth, 3)
    figures.prefill = _prefill(built, state, plan)
    if figures.shape == plan.peer_shape and (figures.strategy, figures.state) == (plan.strategies[0], plan.states[0]):
        figures.package = _package(figures)
    if cuda:
        figures.peak_gb = round(torch.cuda.max_memory_allocated() / 1e9, 2)


def _decode(built: BuiltModel, state: State, rows: int, seconds: float) -> tuple[float, float]:
    """Return tokens per second of ``rows`` rows, with graphs and without, taking turns."""
    tokens = torch.arange(rows, device=built.network.device) % built.network.spec.vocab_size
    slots, lengths = list(range(rows)), [1] * rows

    def by(model: GraphedModel | Network) -> Callable[[], None]:
        return lambda: _forward(model, tokens, lengths, state, slots)

    sides = [_Timer(by(built.model), rows, seconds), _Timer(by(built.network), rows, seconds)]
    for _ in range(TURNS):
        for side in sides:
            side.turn()
    return sides[0].rate, sides[1].rate


def _prefill(built: BuiltModel, state: State, plan: GpuPlan) -> float:
    tokens = torch.arange(plan.prefill, device=built.network.device) % min(256, built.network.spec.vocab_size)
    timer = _Timer(lambda: _forward(built.model, tokens, [plan.prefill], state, [0]), plan.prefill, plan.seconds)
    for _ in range(TURNS):
        timer.turn()
    return timer.rate


def _forward(
    model: GraphedModel | Network, tokens: Tensor, lengths: Sequence[int], state: State, slots: Sequence[int]
) -> None:
    model.forward(tokens, lengths, state, slots)
    synchronize(model.device)


class _Timer:
    """Repeats a call that processes ``tokens`` tokens for some seconds per turn."""

    def __init__(self, once: Callable[[], None], tokens: int, seconds: float) -> None:
        self._once, self._tokens, self._seconds = once, tokens, seconds
        self._rates: list[float] = []
        once()  # compiles

    def turn(self) -> None:
        count, start = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - start < self._seconds:
            self._once()
            count += 1
        self._rates.append(count * self._tokens / (time.perf_counter() - start))

    @property
    def rate(self) -> float:
        return round(statistics.median(self._rates), 1)


def _package(figures: GpuFigures) -> float:
    """Return tokens per second of one row of the `rwkv` package, on a file of similar weights."""
    spec = make_spec(VERSION, SHAPES[figures.shape])
    cuda = figures.strategy.startswith("cuda")
    tensors = DrawnTensors(spec, torch.device("cpu"), torch.float16 if cuda else torch.float32)
    with TemporaryDirectory() as folder:
        model = str(Path(folder) / "peer.pth")
        torch.save(dict(tensors), model)
        with Peer(PeerSettings("rwkv", model, folder, VERSION, figures.strategy)) as peer:
            return round(peer.measure("decode", 64), 1)


def _line(figures: GpuFigures) -> str:
    decode = "  ".join(f"{rows}: {rate:.0f} ({figures.share[rows]:.0%})" for rows, rate in figures.graphs.items())
    line = f"{figures.shape} {figures.strategy}, state {figures.state}: {decode}  prefill {figures.prefill:.0f}"
    if figures.package:
        line += f"  rwkv package {figures.package:.0f}"
    return f"{line}  {figures.problem}".rstrip()


def main(arguments: Sequence[str]) -> int:
    """Measure with the defaults, or with the shapes, strategies and rows given."""
    usual = GpuPlan()
    parser = argparse.ArgumentParser(prog="python -m bot.engine.bench.gpu", description="measure a GPU")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON goes")
    parser.add_argument("--shapes", nargs="+", default=usual.shapes, choices=list(SHAPES))
    parser.add_argument("--strategies", nargs="+", default=usual.strategies, metavar="S")
    parser.add_argument("--rows", nargs="+", type=int, default=usual.rows, metavar="N")
    options = parser.parse_args(arguments)
    plan = GpuPlan(shapes=options.shapes, strategies=options.strategies, rows=options.rows)
    for found in run_gpu(plan, lambda line: print(line, flush=True)):
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
