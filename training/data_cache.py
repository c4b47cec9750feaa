"""Token files built once, on all cores, and again when anything that they are made from changes.

A file names what it was made from: its order (mixture, tokens, seed), the code of the writers, the tokenizer, the
corpora's versions, and the phrase files that were read, with their digests. Each is built by a process of its own, so
that what it reads is known; a changed phrase file makes only those files stale whose documents may hold its lines.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from training import data, tokenizer
from training.grammar import names, phrases
from training.tokens import origin_of

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "training/grammar/**/*.py", "training/corpora/*", "training/questions/*", "training/corpus.py", "training/data.py",
    "training/evaluate.py", "training/held_out.py", "training/probes.py", "training/second_set.py",
    "training/stage_questions.py", "training/third_set.py", "training/tokenizer.py", "training/tokens.py",
    "bot/chat/cast.py", "bot/chat/scene_stage.py", "bot/library/**/*.py",
    "prompts/characters/**/*", "prompts/scenes/**/*",
)  # fmt: skip
"""What writes the documents, and what it reads beside the phrase files; a change of one makes every file stale."""
CORPORA = ("chatterbot-corpus", "chitchat-dataset")


@dataclass(frozen=True, slots=True)
class Order:
    """One token file: about `tokens` tokens of a stage's `mixture`, encoded with the tokenizer of that file."""

    path: Path
    tokenizer: Path
    mixture: str
    tokens: int
    seed: int


def files(orders: Sequence[Order], workers: int = 0) -> list[Path]:
    """Build the files that are missing or stale, several at a time; return all, in the given order.

    Args:
        orders: the files.
        workers: processes; 0 is one a core.

    """
    stale = [order for order in orders if not is_current(order)]
    stale.sort(key=lambda order: order.tokens, reverse=True)  # the longest first: else all wait for it at the end
    if stale:
        workers = min(workers or os.cpu_count() or 1, len(stale))
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=fresh, max_tasks_per_child=1) as pool:
            for order in pool.map(_build, stale):
                print(f"built {order.path}", flush=True)
    return [order.path for order in orders]


def is_current(order: Order) -> bool:
    """Whether the file exists and nothing that it was made from has changed."""
    found = origin_of(order.path)
    if not found:
        return False
    read = json.loads(found)["phrases"]
    return found == _origin(order, list(read))


def _build(order: Order) -> Order:
    tokens = data.build(tokenizer.load(order.tokenizer), order.tokens, order.seed, order.mixture)
    tokens.save(order.path, _origin(order, phrases.names_read()))
    return order


def _origin(order: Order, read: Sequence[str]) -> str:
    """Everything that decides the tokens of a file, as text; `read` names the phrase files."""
    return json.dumps(
        {
            "order": [order.mixture, str(order.tokens), str(order.seed)],
            "tokenizer": hashlib.sha256(order.tokenizer.read_bytes()).hexdigest(),
            "code": _code(),
            "corpora": [_version(package) for package in CORPORA],
            "phrases": {name: phrases.digest(name) for name in read},
        }
    )


@cache
def _code() -> str:
    found = hashlib.sha256(names.TOKENIZER.read_bytes())
    paths = {path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(path for path in paths if "__pycache__" not in path.parts):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} missing"
