"""Measure what the HTTP API costs on top of the engine: `python -m tools.api_overhead [MODEL | --shape S]`.

The same replies are written for direct callers of the engine and for HTTP clients, alternating, in one process; the
clients run in a separate process. On a busy machine a step takes longer by the clock, but hardly in CPU time. Random
weights get sharper logits, so that drawing a token costs what it costs with a trained model.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from bot.app import App, open_app, start_platforms
from bot.cli.bench import PRECISIONS
from bot.config.schema import Config
from bot.engine.files.convert import check_disk_space, save_random
from bot.engine.files.random_weights import random_weights
from bot.engine.sampling.constraint import Constraint
from bot.engine.spec import SHAPES, VERSIONS
from bot.engine.types import Grammar, Request, SamplingParams
from bot.paths import data_file
from tools.api_clients import PROMPT

DEMO = data_file("models") / "demo" / "demo.pth"
SHORT = 8  # tokens
SHARPNESS = 5  # standard deviation of random logits: an entropy of about 3 nats, as in trained models (1: 11 nats)
GRAMMAR = Grammar("json", '{"type": "array", "items": {"type": "string"}, "minItems": 500}')


@dataclass(frozen=True)
class Round:
    """One measurement, in seconds."""

    wall: float
    first: float  # until the median stream's first chunk
    loop: float  # CPU time of the event loop's thread
    engine: float  # CPU time of the engine's thread


@dataclass(frozen=True)
class Load:
    """The amount of work."""

    streams: int
    tokens: int


async def direct(app: App, load: Load, grammar: Grammar | None = None) -> Round:
    """Measure direct callers of the engine."""
    began, cpu, engine = time.perf_counter(), time.thread_time(), engine_seconds()

    async def one(number: int) -> float:
        first = 0.0
        prompt = tuple(app.engine.coder.encode(PROMPT.format(number=number)))
        sampling = SamplingParams(max_tokens=load.tokens, seed=number, banned_tokens=(0,), top_p=0.5)
        request = Request(
            tokens=prompt, sampling=sampling, channel="api:local", user="api:local", service="api", grammar=grammar
        )
        async for chunk in app.engine.stream(request):
            first = first or (time.perf_counter() - began if chunk.text else 0.0)
        return first

    firsts = await asyncio.gather(*(one(number) for number in range(load.streams)))
    wall = time.perf_counter() - began
    return Round(wall, statistics.median(firsts), time.thread_time() - cpu, engine_seconds() - engine)


class Clients:
    """Clients over HTTP, in a process of their own that is started once: starting it costs the event loop time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs pipes")
        self._process, self._told, self._printed = process, process.stdin, process.stdout

    @classmethod
    async def start(cls, url: str) -> "Clients":
        host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tools.api_clients", host, port,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
        )  # fmt: skip

    async def served(self, load: Load) -> Round:
        """Measure clients over HTTP."""
        cpu, engine = time.thread_time(), engine_seconds()
        self._told.write(f"{load.streams} {load.tokens}\n".encode())
        found = json.loads(await self._printed.readline())
        return Round(found["wall"], found["first"], time.thread_time() - cpu, engine_seconds() - engine)

    async def stop(self) -> None:
        self._told.close()
        await self._process.wait()


class Timed:
    """Adds up the processor time of the engine's thread spent in a method."""

    def __init__(self, owner: Any, *names: str) -> None:
        self.seconds = 0.0
        for name in names:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            began = time.thread_time()
            try:
                return method(*args)
            finally:
                self.seconds += time.thread_time() - began

        return timed


def engine_seconds() -> float:
    """Return the processor time of the engine's thread."""
    (thread,) = [each for each in threading.enumerate() if each.name == "roost-engine"]
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


async def measure(app: App, load: Load, rounds: int) -> None:
    """Print the ratios. Short replies give the time to first text and what a request costs apart from its steps."""
    clients = await Clients.start(next(platform.url for platform in app.platforms if hasattr(platform, "url")))
    small = replace(load, tokens=SHORT)
    await direct(app, small), await clients.served(small)
    short = [(await direct(app, small), await clients.served(small)) for _ in range(4 * rounds)]
    pairs = [(await direct(app, load), await clients.served(load)) for _ in range(rounds)]
    await clients.stop()
    report(load, short, pairs)
    await measure_masks(app, load)


def report(load: Load, short: Sequence[tuple[Round, Round]], pairs: Sequence[tuple[Round, Round]]) -> None:
    """Print what rounds of short and of long replies took, each for direct callers and over HTTP."""
    median, rounds = statistics.median, len(pairs)
    wall = median(one.wall for one, _ in pairs) / load.tokens
    thread = median(one.engine for one, _ in pairs) / load.tokens
    once = median(other.loop - one.loop for one, other in short)
    loop = (median(other.loop - one.loop for one, other in pairs) - once) / (load.tokens - SHORT)
    print(f"{load.streams} streams of {load.tokens} tokens, {rounds} rounds")
    print(f"a step of the engine's: {wall * 1e3:.2f} ms, CPU time of its thread: {thread * 1e3:.2f} ms")
    print(
        f"the event loop's own work for HTTP: {loop * 1e3:.2f} ms a step, "
        f"{loop / wall:.1%} of the step, {loop / thread:.1%} of the thread's time"
    )
    print(f"and once for each request: {(once - SHORT * loop) / load.streams * 1e3:.2f} ms")
    print(f"wall clock, HTTP over engine: {median(two.wall / one.wall for one, two in pairs):.3f}")
    firsts = sorted(two.first / one.first for one, two in short)
    low, high = firsts[len(firsts) // 4], firsts[3 * len(firsts) // 4]
    print(
        f"time to first text, HTTP over engine: {median(firsts):.3f} "
        f"(half of {len(firsts)} rounds: {low:.2f} to {high:.2f}); "
        f"the engine's: {median(one.first for one, _ in short) * 1e3:.0f} ms"
    )


async def measure_masks(app: App, load: Load) -> None:
    """Print the masks' share of the engine's thread."""
    await direct(app, replace(load, tokens=SHORT), GRAMMAR)  # compiles the grammar
    timed, began = Timed(Constraint, "apply", "commit"), engine_seconds()
    await direct(app, load, GRAMMAR)
    share = timed.seconds / (engine_seconds() - began)
    each = timed.seconds / load.tokens * 1e3
    print(f"masks for {load.streams} rows: {each:.2f} ms a step, {share:.1%} of the engine's thread")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("model", nargs="?", type=Path, default=DEMO)
    worlds = [name for name, shape in SHAPES.items() if shape.vocab_size == SHAPES["0.1b"].vocab_size]
    source.add_argument(
        "--shape", type=str.lower, choices=worlds,
        help="random weights instead of a model file, with logits as sharp as a trained model's",
    )  # fmt: skip
    parser.add_argument("--version", type=str.lower, choices=VERSIONS, default="7", help="of the random weights")
    parser.add_argument("--precision", choices=PRECISIONS, help="default: the one that `roost run` would choose")
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def write_sharp(version: str, shape: str, out: Path) -> Path:
    """Write random weights that give logits of the standard deviation SHARPNESS. Raises ``ModelError``.

    With nearly even logits the sampler would take longer than the model, since a cut keeps half of the vocabulary.
    """
    check_disk_space(version, shape, out)
    weights = random_weights(version, shape, dtype=torch.bfloat16)
    return save_random(weights | {"head.weight": weights["head.weight"] * SHARPNESS}, out)


def settings(options: argparse.Namespace, folder: Path) -> Config:
    """Return the configuration to measure. Random weights are written to ``folder``.

    One row in eight is kept for other callers, so that there are more rows than streams.
    """
    model = options.model
    if options.shape:
        model = write_sharp(options.version, options.shape, folder / f"{options.shape}.pth")
    return Config.model_validate({
        "bot": {"data": str(folder)}, "web": {"port": 0}, "discord": {"enabled": False},
        "model": {"path": str(model), "strategy": f"cpu {options.precision}" if options.precision else ""},
        "engine": {"rows": options.streams * 8 // 7 + 1, "queue_limit": 2 * options.streams},
    })  # fmt: skip


async def main(options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        app = await stack.enter_async_context(open_app(settings(options, folder)))
        await start_platforms(app)
        await measure(app, Load(options.streams, options.tokens), options.rounds)


if __name__ == "__main__":
    asyncio.run(main(arguments().parse_args()))
