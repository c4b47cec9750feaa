"""The recipe as `make demo-model` runs it, on a thousandth of its tokens."""

import shutil
from pathlib import Path

import pytest

from bot.engine.arrays import as_tensor
from bot.engine.models.loading import load_model
from training import recipe


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
    assert recipe.train(run, threads=2, share=0.001)  # nothing is left to do
    assert logs == [(run / f"stage{number}" / "log.jsonl").read_text() for number in range(len(recipe.STAGES))]
    recipe.write_model(run, model)
    loaded = load_model(model / "demo.pth")
    tokens = recipe.load_tokenizer(model).encode("User: hello\n\nAssistant:").ids
    assert as_tensor(loaded.forward(tokens, [len(tokens)], loaded.new_state(1), [0])).isfinite().all()
