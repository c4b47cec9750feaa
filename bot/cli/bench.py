"""`roost bench`: measures a model's speed, also compared with other packages."""

import argparse
import json
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.errors import InvalidOption

PRECISIONS = ("fp32", "bf16", "int8", "w8a8")
PEERS = {  # by name: the modules that it needs, and the packages on PyPI that have them
    "rwkv": {"rwkv": "rwkv"},
    "rwkvserve": {"rwkvserve": "rwkvserve"},
    "llama.cpp": {"llama_cpp": "llama-cpp-python", "gguf": "gguf"},
}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("bench", help="measure speed and memory, also against other packages")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", type=Path, metavar="FILE", help="a model file")
    source.add_argument(
        "--shape", type=str.lower, default="0.1b", metavar="S", help="random weights of this shape (default: 0.1b)"
    )
    parser.add_argument("--version", type=str.lower, metavar="V", help="of the random weights: 4 ... 7 (default: 7)")
    parser.add_argument("--peer", choices=PEERS, help="measure this package beside it, on the same weights")
    parser.add_argument("--rows", type=_numbers, default=(1, 4, 16, 32, 64), metavar="N,N", help="rows of decode")
    parser.add_argument("--prefill", type=_numbers, default=(256, 2048), metavar="N,N", help="tokens of prefill")
    parser.add_argument(
        "--precision", type=_precisions, default=("bf16", "int8"), metavar="P,P", help="fp32, bf16, int8, w8a8"
    )
    parser.add_argument("--strategy", metavar="S", help='device and precision at once, e.g. "cuda fp16"')
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="of the CPU (default: one for each core)")
    parser.add_argument("--turns", type=int, default=5, metavar="N", help="of which the median counts (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.set_defaults(func=_bench)


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text}: whole numbers above 0 are needed, as in 1,4,16")
    return tuple(map(int, parts))


def _precisions(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if wrong := set(parts) - set(PRECISIONS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(wrong))}: known are {', '.join(PRECISIONS)}")
    return parts


def _check(options: argparse.Namespace) -> None:
    """Raise InvalidOption for wrong options before measuring, which takes minutes."""
    if options.model and options.version:
        raise InvalidOption("--version is for random weights: the version of {file} stands in it.", file=options.model)
    modules = PEERS.get(options.peer, {})
    if missing := [package for module, package in modules.items() if find_spec(module) is None]:
        packages = " ".join(missing)
        raise InvalidOption("--peer {name}: run pip install {packages} first.", name=options.peer, packages=packages)
    if options.turns < 1:
        raise InvalidOption("--turns must be at least 1.")
    if options.threads < 0:
        raise InvalidOption("--threads must be at least 1, or 0 for one on each core.")
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise InvalidOption("--json must name a file in a folder that is there, not {file}.", file=options.json)


def _bench(options: argparse.Namespace) -> int:
    import os

    from bot.engine.bench.benchmark import BenchPlan, run_bench

    _check(options)
    plan = BenchPlan(
        model=options.model,
        shape=options.shape,
        version=_version(options),
        peer=options.peer or "",
        rows=options.rows,
        prefill=options.prefill,
        strategies=_strategies(options),
        threads=options.threads or os.cpu_count() or 1,
        turns=options.turns,
    )
    result = run_bench(plan, lambda line: print(line, flush=True))
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
        print(f"written to {options.json}")
    return 0


def _version(options: argparse.Namespace) -> str:
    """Return the version of the random weights, after checking that version and shape exist."""
    from bot.engine.spec import SHAPES, VERSIONS

    version = options.version or "7"
    if options.shape not in SHAPES:
        raise InvalidOption("Unknown shape {shape}. Known are: {known}.", shape=options.shape, known=", ".join(SHAPES))
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise InvalidOption("Unknown version {version}. Known are: {known}.", version=version, known=known)
    return version


def _strategies(options: argparse.Namespace) -> list[str]:
    """Return the strategies, after checking their devices: creating weights first would waste time."""
    from bot.engine.models.strategy import parse_strategy

    strategies = [options.strategy] if options.strategy else [f"cpu {name}" for name in options.precision]
    for strategy in strategies:
        if parse_strategy(strategy).layered:
            raise InvalidOption("The strategy {strategy} cannot be measured: name one device.", strategy=strategy)
        parse_strategy(strategy).check_devices()
    return strategies
