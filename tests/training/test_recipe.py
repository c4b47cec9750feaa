"""The recipe, as `make demo-model` runs it, on a thousandth of the tokens."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from bot.engine.arrays import as_tensor
from bot.engine.models.loading import load_model
from training import data_cache, gpu, recipe
from training.model import Network, Shape
from training.tokens import Tokens


@pytest.fixture(autouse=True)
def _built_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build token files in this process: starting others takes longer than so few tokens."""

    def files(orders: Sequence[data_cache.Order]) -> list[Path]:
        return [data_cache._build(order).path for order in orders]

    monkeypatch.setattr(data_cache, "files", files)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_recipe_runs_whole_and_goes_on_where_it_was(tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    run.mkdir()
    shutil.copyfile(recipe.DEMO / "tokenizer.json", run / "tokenizer.json")
    assert recipe.train(run, threads=2, share=0.001)
    logs = [(run / f"stage{number}" / "log.jsonl").read_text() for number in range(len(recipe.STAGES))]
    assert all(logs)
    spread = [(run / f"stage{number}" / "spread.pt").exists() for number in range(len(recipe.STAGES))]
    assert spread == [stage.spread for stage in recipe.STAGES]
    assert recipe.train(run, threads=2, share=0.001)  # nothing left to do
    assert logs == [(run / f"stage{number}" / "log.jsonl").read_text() for number in range(len(recipe.STAGES))]
    recipe.write_model(run, model)
    loaded = load_model(model / "demo.pth")
    tokens = recipe.load_tokenizer(model).encode("User: hello\n\nAssistant:").ids
    assert as_tensor(loaded.forward(tokens, [len(tokens)], loaded.new_state(1), [0])).isfinite().all()


def test_the_last_stages_go_on_from_exported_weights(tmp_path: Path) -> None:
    assert recipe.train_further(tmp_path, threads=1, share=0.0001)
    recipe.write_model(tmp_path, tmp_path / "model")
    before, after = (torch.load(folder / "demo.pth", weights_only=True) for folder in (recipe.DEMO, tmp_path / "model"))
    assert before.keys() == after.keys()
    changes = [(after[name].float() - before[name].float()).abs().max() for name in before]
    assert 0 < max(changes) < 0.05


def test_the_files_for_a_gpu_are_of_one_mixture_and_taken_there(tmp_path: Path) -> None:
    shutil.copyfile(recipe.DEMO / "tokenizer.json", tmp_path / "tokenizer.json")
    files = recipe.gpu_files(tmp_path, share=0.0001)
    assert len(files) == recipe.GPU_PARTS
    parts = [Tokens.load(path) for path in files]
    assert all(len(part.ids) >= 1_100 for part in parts)
    assert len({part.ids.tobytes() for part in parts}) == len(parts)
    tiny = ["--width", "64", "--layers", "1", "--batch", "768", "--tokens", "768", "--seconds", "0"]
    assert gpu.main(["--run", str(tmp_path), *tiny, "--form", "chunked", "--at-once", "768"]) == 0
    assert (tmp_path / "out" / "demo.pth.00").exists()


def test_what_is_exported_lies_between_the_weights_before_the_last_stages_and_the_end(tmp_path: Path) -> None:
    shape = Shape(width=64, layers=2, rank_decay=8, rank_learning=8, rank_value=8, rank_gate=8)
    before, after = Network(shape).named(), Network(shape).named()
    paths = tmp_path / "begin.pt", tmp_path / f"stage{len(recipe.STAGES) - 1}" / "checkpoint.pt"
    paths[1].parent.mkdir()
    for path, values in zip(paths, (before, after), strict=True):
        torch.save({"parameters": {name: value.detach() for name, value in values.items()}}, path)
    shutil.copyfile(recipe.DEMO / "tokenizer.json", tmp_path / "tokenizer.json")
    recipe.write_model(tmp_path, tmp_path / "model")
    written = torch.load(tmp_path / "model" / "demo.pth", weights_only=True)
    expected = before["emb.weight"] + recipe.BLEND * (after["emb.weight"] - before["emb.weight"])
    torch.testing.assert_close(written["emb.weight"].float(), expected, atol=1e-3, rtol=1e-3)
    paths[0].unlink()
    recipe.write_model(tmp_path, tmp_path / "model")
    written = torch.load(tmp_path / "model" / "demo.pth", weights_only=True)
    torch.testing.assert_close(written["emb.weight"].float(), after["emb.weight"], atol=1e-3, rtol=1e-3)
