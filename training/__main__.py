"""Make and measure the demo model: ``python -m training data|tokenizer|train|export|eval|samples|all``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from training import card, evaluate, recipe, samples, second_set
from training.generate import Writer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("task", choices=["data", "tokenizer", "train", "export", "eval", "samples", "all"])
    parser.add_argument(
        "--run", type=Path, default=recipe.RUNS / "demo", help="directory of the run (default: %(default)s)"
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=recipe.DEMO,
        help="directory of demo.pth and tokenizer.json (default: %(default)s)",
    )
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default: %(default)s)")
    parser.add_argument(
        "--share", type=float, default=1.0, help="train on this share of the tokens (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="eval: a third of the questions")
    return parser


def _evaluate(model: Path, quick: bool) -> None:
    writer = Writer(model)
    figures = evaluate.figures(writer, quick) | second_set.figures(writer, evaluate.DISTANCES, quick)
    for name, value in figures.items():
        print(f"{name:45} {100 * value:5.1f} %")
    if not quick:
        (model / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        if (model / "README.md").exists():
            card.update(model / "README.md", figures)


def main() -> None:
    """Do one task, or all of them in order."""
    arguments = _parser().parse_args()
    torch.set_num_threads(arguments.threads)
    task = arguments.task
    folders = [arguments.run / f"stage{number}" for number in range(len(recipe.STAGES))]
    checkpoints = [folder / "checkpoint.pt" for folder in folders]
    if task == "tokenizer" or (task == "all" and not checkpoints[0].exists()):
        recipe.train_tokenizer(arguments.model / "tokenizer.json")
    if task in ("data", "all"):
        for number, stage in enumerate(recipe.STAGES):
            print(recipe.data_file(number, int(stage.plan.tokens * arguments.share)))
    if task in ("train", "all"):
        recipe.train(arguments.run, arguments.threads, arguments.share)
    if task in ("export", "all"):
        recipe.write_model(checkpoints[-1], arguments.model / "demo.pth")
        card.plot_losses([folder / "log.jsonl" for folder in folders], arguments.model / "loss.svg")
    if task in ("eval", "all"):
        _evaluate(arguments.model, arguments.quick)
    if task in ("samples", "eval", "all"):
        samples.write(Writer(arguments.model), recipe.REPOSITORY / "training" / "samples.md")


if __name__ == "__main__":
    main()
