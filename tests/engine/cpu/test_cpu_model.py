"""Models on the CPU: what they refuse, and that they do not need torch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.engine.models.loading import random_model
from bot.paths import data_file

DEMO = data_file("models") / "demo" / "demo.pth"
ROOT = Path(__file__).parents[3]
SCRIPT = """
import sys
from pathlib import Path
from bot.engine.serving.loader import load
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, SamplingParams
strategy = sys.argv[2]
engine, info = load(EngineSettings(model=Path(sys.argv[1]), strategy=strategy, rows=2, threads=1))
plan = SamplingParams(max_tokens=3, top_p=0.5, presence_penalty=0.4, dry_multiplier=0.8, newline_schedule=True)
engine.submit(Request(tokens=(1, 2, 3), sampling=plan, n=2, scores=3, forced=(66,)))
while engine.busy:
    for event in engine.step():
        assert not isinstance(event.result, Exception), event.result
        if event.result.state is not None:
            engine.exported(event.result.state).to_bytes(info.fingerprint)
print(*[name for name in ("torch", "triton", "rwkv", "safetensors.torch") if name in sys.modules], "end")
"""


@pytest.mark.parametrize("strategy", ["cpu fp32", "cpu int8"])
def test_a_reply_on_the_cpu_needs_no_torch(strategy: str) -> None:
    command = [sys.executable, "-c", SCRIPT, str(DEMO), strategy]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)
    assert done.stdout == "end\n", done.stderr


def test_what_cannot_be_read_leaves_the_state_as_it_is() -> None:
    model = random_model()
    state = model.new_state(2)
    before = state.take(0)
    with pytest.raises(ValueError, match=r"3.* tokens for lengths that sum to 2"):
        model.forward([1, 2, 3], [2], state, [0])
    for bad in (320, -321):
        with pytest.raises(IndexError):
            model.forward([bad], [1], state, [0])
    for name, numbers in state.take(0).tensors.items():
        assert np.array_equal(np.asarray(numbers), np.asarray(before.tensors[name]))
