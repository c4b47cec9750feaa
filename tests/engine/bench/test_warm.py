"""The warm-up, and machines without a compiler, where plain torch gives the same results."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import load_model
from tests.engine.tensors import forward

ROOT = Path(__file__).parents[3]
DEMO = "models/demo/demo.pth"
WRITE = """
import json
from pathlib import Path
from bot.engine.serving.batch_engine import Engine
from bot.engine.models.loading import random_model
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, SamplingParams
from tests.engine.toys import ByteCoder, run
from bot.engine.spec import Shape
replies = []
for version in ("4", "5.2", "6", "7"):
    model = random_model(version, Shape(2, 64, ByteCoder.vocab_size, 32))
    with model.computing():
        engine = Engine(model, ByteCoder(), EngineSettings(model=Path("random"), rows=3))
        plans = (
            SamplingParams(temperature=0.0, max_tokens=8),
            SamplingParams(seed=5, top_p=0.9, max_tokens=8, presence_penalty=0.4, repetition_penalty=1.2),
            SamplingParams(seed=6, max_tokens=8, dry_multiplier=0.8, top_k=20),
        )
        done = run(engine, *(Request(tokens=(5, 6, 7), sampling=plan) for plan in plans))
        replies.append([outcome.tokens for outcome in done])
print(json.dumps(replies))
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False, cwd=ROOT, timeout=480
    )


@pytest.mark.parametrize("variable", [{}, {"ROOST_KERNELS": "torch"}, {"NUMBA_DISABLE_JIT": "1"}], ids=str)
def test_warming_up_ends_well_with_and_without_a_compiler(variable: dict[str, str]) -> None:
    done = python("-m", "bot.engine.bench.warm", DEMO, **variable)
    assert done.returncode == 0, done.stderr
    assert "demo.pth (cpu fp32) is ready" in done.stdout
    assert ("plain torch computes, several times slower" in done.stderr) == bool(variable)
    assert len(done.stderr.splitlines()) == bool(variable)


def test_a_compiler_that_breaks_is_named(tmp_path: Path) -> None:
    """numba may be installed and still fail to compile anything."""
    (tmp_path / "sitecustomize.py").write_text(
        "import numba.core.dispatcher as d\n"
        "def broken(*args, **named): raise RuntimeError('LLVM ERROR: this CPU is unknown\\nmore')\n"
        "d.Dispatcher.compile = broken\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = python("-m", "bot.engine.bench.warm", DEMO, PYTHONPATH=paths, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert "LLVM ERROR: this CPU is unknown" in done.stderr
    assert "is ready" in done.stdout


def test_a_model_that_cannot_be_loaded_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"PK")
    done = python("-m", "bot.engine.bench.warm", str(tmp_path / "model.pth"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "is cut short (2 bytes)" in done.stderr


def test_plain_torch_writes_what_the_kernels_write() -> None:
    compiled, plain = (python("-c", WRITE, **variable) for variable in ({}, {"ROOST_KERNELS": "torch"}))
    assert plain.returncode == 0, plain.stderr
    assert compiled.stdout == plain.stdout
    assert len(compiled.stdout) > 100


def test_every_precision_runs_without_a_compiler(tmp_path: Path) -> None:
    path, strategies = tmp_path / "model.pth", ("cpu bf16", "cpu int8", "cpu fp16")
    torch.save(random_weights("7"), path)
    script = f"""
import torch
from bot.engine.models.loading import load_model
from tests.engine.tensors import forward
for strategy in {strategies!r}:
    model = load_model({str(path)!r}, strategy)
    print(model.forward(torch.tensor([1, 2, 3]), [3], model.new_state(1), [0])[0, 0].item())
"""
    done = python("-c", script, ROOST_KERNELS="torch")
    assert done.returncode == 0, done.stderr
    for strategy, found in zip(strategies, done.stdout.split(), strict=True):
        model = load_model(path, strategy)
        logits = forward(model, torch.tensor([1, 2, 3]), [3], model.new_state(1), [0])
        assert float(found) == pytest.approx(float(logits[0, 0]), abs=0.05 * float(logits.std()))
