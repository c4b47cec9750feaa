"""Measure a model against other packages: decode for several rows, prefill, first token under load, memory.

The two sides take turns, so that both see the same machine; each figure is the median of its turns.
"""

import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bot.engine.bench.background_load import BackgroundLoad
from bot.engine.bench.bandwidth import memory_bandwidth
from bot.engine.bench.peer import CPU, Peer, PeerSettings
from bot.engine.bench.speculation import SpeculationGain, measure_speculation
from bot.engine.files.convert import check_disk_space, save_tensors, write_random
from bot.engine.files.weights import ModelFile, open_model
from bot.engine.kernels.threads import set_threads
from bot.engine.models.loading import Model, load_model
from bot.engine.models.strategy import parse_strategy
from bot.engine.serving.batch_engine import Engine
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, SamplingParams
from bot.errors import ModelError

MANY = 100_000  # tokens: no reply of the load ends before it is measured
PEER_DECODE = 8  # tokens in one turn of the package
LOAD_ROWS, LOAD_PROMPT = 16, 256  # first token under load: rows that write, and tokens of the incoming prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """What to measure."""

    model: Path | None = None  # None: random weights of ``shape`` and ``version``
    shape: str = "0.1b"
    version: str = "7"
    peer: str = ""  # the other package to measure, one of ``peer_process.PACKAGES``
    rows: Sequence[int] = (1, 4, 16, 32, 64)
    prefill: Sequence[int] = (256, 2048)
    strategies: Sequence[str] = ("cpu bf16", "cpu int8")  # all on one device
    threads: int = 1
    turns: int = 5
    seconds: float = 0.5  # per turn of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. The peer's figure is None if no peer ran."""

    precision: str
    tokens_per_s: float
    peer_tokens_per_s: float | None = None
    ratio: float | None = None
    rows: int | None = None  # for decode
    bandwidth_share: float | None = None  # for decode
    tokens: int | None = None  # for prefill


@dataclass(slots=True)
class BenchResult:
    """The figures, as written to JSON."""

    shape: str
    version: str
    decode: list[Figure] = field(default_factory=list)
    prefill: list[Figure] = field(default_factory=list)
    ttft_ms: float | None = None
    ahead: SpeculationGain | None = None
    peak_rss_mb: float = 0.0


def run_bench(plan: BenchPlan, say: Callable[[str], None]) -> BenchResult:
    """Measure; ``say`` gets a line for each figure. Raises ``ModelError`` if the model cannot be loaded."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        path = plan.model or _random_model(plan, Path(folder) / "random.pth")
        file = open_model(path)
        spec, table = file.spec, file.tensors["emb.weight"].nbytes  # a step reads only some rows of the embedding
        result = BenchResult(plan.shape if plan.model is None else path.name, spec.version)
        set_threads(plan.threads)
        before, during = BackgroundLoad(), BackgroundLoad()
        bandwidth, where = _bandwidth(plan)
        _warn(before, say)
        say(f"memory reads {bandwidth / 1e9:.1f} GB/s on {where}; RWKV-{spec.version}, {result.shape}")
        for strategy in plan.strategies:
            model = load_model(path, strategy, rows=max(plan.rows))
            stack.enter_context(model.computing())
            with _peer(plan, file, Path(folder), strategy) if plan.peer else nullcontext() as peer:
                for figure in _figures(model, plan, peer, bandwidth, table):
                    (result.decode if figure.rows else result.prefill).append(figure)
                    say(_line(figure, plan.peer))
            if result.ttft_ms is None:
                _replies_of(model, path, plan.turns, result, say)
            del model
        result.peak_rss_mb = round(_peak_rss() / 1e6, 1)
        say(f"peak memory: {result.peak_rss_mb:.0f} MB")
        _warn(during, say)
    return result


def _bandwidth(plan: BenchPlan) -> tuple[float, str]:
    """Return the bandwidth of the measured device, in bytes per second, and its name."""
    device = parse_strategy(plan.strategies[0]).placement().device
    if device == "cpu":
        return memory_bandwidth(), f"{plan.threads} thread(s)"
    import torch

    from bot.engine.cuda.bandwidth import device_bandwidth

    return device_bandwidth(device), torch.cuda.get_device_name(device)


def _warn(background: BackgroundLoad, say: Callable[[str], None]) -> None:
    if warning := background.warning():
        say(warning)


def _figures(model: Model, plan: BenchPlan, peer: Peer | None, bandwidth: float, table: int) -> Iterator[Figure]:
    for rows in plan.rows:
        yield _decode(model, rows, plan, peer, bandwidth, table)
    for tokens in plan.prefill:
        yield _prefill(model, tokens, plan, peer)


def _decode(model: Model, rows: int, plan: BenchPlan, peer: Peer | None, bandwidth: float, table: int) -> Figure:
    state, slots = model.new_state(rows), list(range(rows))
    tokens = [row % model.spec.vocab_size for row in range(rows)]

    def once() -> int:
        model.forward(tokens, [1] * rows, state, slots)
        _synchronize(model)
        return rows

    ours, theirs = _turns(once, plan, partial(peer.measure, "decode", PEER_DECODE, rows) if peer else None)
    step_bytes = model.weight_bytes - table + 2 * rows * state.initial.nbytes
    share = round(step_bytes * ours / rows / bandwidth, 3)
    return replace(_figure(model.precision, ours, theirs), rows=rows, bandwidth_share=share)


def _prefill(model: Model, count: int, plan: BenchPlan, peer: Peer | None) -> Figure:
    tokens = [place % min(256, model.spec.vocab_size) for place in range(count)]

    def once() -> int:
        model.forward(tokens, [count], state, [0])
        _synchronize(model)
        return count

    state = model.new_state(1)
    ours, theirs = _turns(once, plan, partial(peer.measure, "prefill", count) if peer else None)
    return replace(_figure(model.precision, ours, theirs), tokens=count)


def _turns(once: Callable[[], int], plan: BenchPlan, peer: Callable[[], float] | None) -> tuple[float, float]:
    """Return tokens per second of ours and of the peer (0 without one), taking turns."""
    once()
    ours, theirs = [], []
    for _ in range(plan.turns):
        tokens, start = 0, time.perf_counter()
        while tokens == 0 or time.perf_counter() - start < plan.seconds:
            tokens += once()
        ours.append(tokens / (time.perf_counter() - start))
        theirs.append(peer() if peer else 0.0)
    return statistics.median(ours), statistics.median(theirs)


def _figure(precision: str, ours: float, theirs: float) -> Figure:
    figure = Figure(precision=precision, tokens_per_s=round(ours, 1))
    return replace(figure, peer_tokens_per_s=round(theirs, 1), ratio=round(ours / theirs, 2)) if theirs else figure


def _replies_of(model: Model, path: Path, turns: int, result: BenchResult, say: Callable[[str], None]) -> None:
    """Measure whole replies, for the first model only."""
    if model.reads_ahead:
        ahead = result.ahead = measure_speculation(model, _CharacterTokenizer(), turns)
        say(f"one reply guessed ahead: {ahead.repeats} times as fast with repeats, {ahead.no_repeats} without")
    result.ttft_ms = _first_token(model, path)
    say(f"first token of {LOAD_PROMPT} tokens beside {LOAD_ROWS} replies: {result.ttft_ms:.0f} ms")


def _synchronize(model: Model) -> None:
    """Wait until a GPU has finished its queued work."""
    if str(model.device) != "cpu":
        from bot.engine.cuda.bandwidth import synchronize

        synchronize(model.device)


def _first_token(model: Model, path: Path) -> float:
    """Return the milliseconds to the first token of a prompt that arrives beside many replies."""
    settings = EngineSettings(model=path, rows=LOAD_ROWS + 1)
    engine = Engine(model, _CharacterTokenizer(), settings)
    sampling = SamplingParams(max_tokens=MANY, min_tokens=MANY)
    for user in range(LOAD_ROWS):
        engine.submit(Request(tokens=(1, 2, 3, 4), sampling=sampling, channel=str(user), user=str(user)))
    for _ in range(8):
        engine.step()
    start = time.perf_counter()
    job = engine.submit(Request(tokens=(1,) * LOAD_PROMPT, sampling=sampling, channel="new", user="new"))
    while not any(event.job is job for event in engine.step()):
        if time.perf_counter() - start > 60:
            return float("nan")
    return round((time.perf_counter() - start) * 1000, 1)


class _CharacterTokenizer:
    """A tokenizer whose every token is one letter: the engine is measured, not the text."""

    vocab_size = 1 << 20

    def encode(self, text: str) -> list[int]:
        return [ord(letter) % 26 for letter in text]

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        return bytes(97 + token % 26 for token in tokens)

    def decode(self, tokens: Sequence[int]) -> str:
        return self.decode_bytes(tokens).decode()


def _random_model(plan: BenchPlan, path: Path) -> Path:
    """Write random weights in another process, so that its memory is not counted as ours."""
    check_disk_space(plan.version, plan.shape, path)
    child = multiprocessing.get_context("spawn").Process(target=write_random, args=(plan.version, plan.shape, 0, path))
    child.start()
    child.join()
    if child.exitcode:
        raise RuntimeError(f"making a random model failed with exit code {child.exitcode}")
    return path


def _peer(plan: BenchPlan, file: ModelFile, folder: Path, strategy: str) -> Peer:
    """Start the package, llama.cpp in the precision of ours, the others in fp32."""
    if file.precision == "int8":
        raise ModelError("{path} is int8 already: --peer needs the file that it was made of.", path=file.path)
    path = file.path
    if path.suffix != ".pth":  # the packages need one
        path = folder / "peer.pth"
        if not path.exists():  # written for another strategy
            save_tensors(file.tensors, path)
    strategy = strategy if plan.peer == "llama.cpp" else CPU
    return Peer(PeerSettings(plan.peer, str(path), str(folder), file.spec.version, strategy, plan.threads))


def _peak_rss() -> int:
    """Return the peak memory of this process, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    # Linux counts kilobytes, macOS bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _line(figure: Figure, peer: str = "") -> str:
    what = f"decode {figure.rows:5} rows  " if figure.rows else f"prefill {figure.tokens:4} tokens"
    line = f"{what} {figure.precision:5} {figure.tokens_per_s:8.1f} tokens/s"
    if figure.ratio is not None:
        line += f"   {peer} package {figure.peer_tokens_per_s:7.1f}   ratio {figure.ratio:6.2f}"
    share = figure.bandwidth_share
    if share is not None:
        # A share above 100 % means that the weights are in the processor's cache, so memory is not the limit.
        line += f"   {share:.0%} of the memory bandwidth" if share <= 1 else "   from the processor's cache"
    return line
