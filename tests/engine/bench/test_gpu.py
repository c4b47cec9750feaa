"""The GPU benchmark on the CPU: the same measurements with plain strategies."""

import json
from pathlib import Path

import pytest

from bot.engine.bench import gpu
from bot.engine.bench.gpu import GpuPlan, main, run_gpu

PLAN = GpuPlan(
    shapes=("tiny",), strategies=("cpu fp32", "cpu int8"), states=("fp32",), rows=(1, 3), prefill=40, peer_shape="tiny",
    seconds=0.01, bandwidth_numbers=1 << 20,
)  # fmt: skip


def test_every_model_is_measured_in_every_way() -> None:
    lines: list[str] = []
    *_, found = run_gpu(PLAN, lines.append)
    models = found["models"]
    assert isinstance(models, list)
    assert [model["strategy"] for model in models] == ["cpu fp32", "cpu int8"]
    for model in models:
        assert model["problem"] == ""
        assert set(model["graphs"]) == set(model["eager"]) == set(model["share"]) == {1, 3}
        assert min([*model["graphs"].values(), *model["eager"].values(), model["prefill"]]) > 0
    assert models[0]["package"] > 0
    assert models[1]["package"] is None
    assert len(lines) == 3


class CompilationError(Exception):
    """As Triton's: no RuntimeError."""


@pytest.mark.parametrize("problem", [RuntimeError("CUDA out of memory\nmore"), CompilationError("CUDA out of memory")])
def test_what_does_not_work_is_noted_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    build = gpu._build

    def full(figures: gpu.GpuFigures) -> gpu.BuiltModel:
        if figures.strategy == "cpu fp32":
            raise problem
        return build(figures)

    monkeypatch.setattr(gpu, "_build", full)
    *_, found = run_gpu(PLAN, lambda line: None)
    models = found["models"]
    assert isinstance(models, list)
    assert [model["problem"] for model in models] == ["CUDA out of memory", ""]


def test_the_figures_are_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "run_gpu", lambda plan, say: [{"device": "x", "models": list(plan.rows)}])
    assert main(["--out", str(tmp_path / "gpu.json"), "--shapes", "tiny", "--rows", "1", "2"]) == 0
    assert json.loads((tmp_path / "gpu.json").read_text()) == {"device": "x", "models": [1, 2]}
