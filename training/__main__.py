"""Make and measure the demo model: ``python -m training TASK``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from training import card, evaluate, messages, recipe, samples, stage_questions
from training.generate import Writer
from training.second_set import SECOND_SET
from training.stage_questions import BLIND_MESSAGES, MESSAGES
from training.third_set import THIRD_SET

TASKS = ("data", "tokenizer", "train", "further", "export", "eval", "messages", "samples", "all")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("task", choices=TASKS)
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
    parser.add_argument("--gpu", action="store_true", help="data: the files for a training on a GPU (training.gpu)")
    parser.add_argument("--blind", action="store_true", help="messages: those of the blind set")
    parser.add_argument("--quick", action="store_true", help="eval: fewer questions")
    return parser


def _recalled(writer: Writer, quick: bool) -> Iterator[dict[str, float]]:
    yield evaluate.figures(writer, quick)
    for questions in (SECOND_SET, THIRD_SET):
        yield evaluate.further_figures(writer, questions, quick)


def _shown(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    """Print each part at once: an evaluation that is cut has shown something."""
    found: dict[str, float] = {}
    for part in parts:
        found |= part
        for name, value in part.items():
            print(f"{name:45} {100 * value:5.1f} %", flush=True)
    return found


def _evaluate(model: Path, quick: bool) -> None:
    writer = Writer(model)
    staged = _shown(stage_questions.figures(writer, quick)) | _shown(stage_questions.blind_figures(writer, quick))
    figures = _shown(_recalled(writer, quick)) | staged  # the order of the card
    if not quick:
        (model / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        if (model / "README.md").exists():
            card.update(model / "README.md", figures)


def main() -> None:
    """Do one task, or all of them in order."""
    arguments = _parser().parse_args()
    torch.set_num_threads(arguments.threads)
    task = arguments.task
    run: Path = arguments.run
    if task in ("tokenizer", "data", "train", "all") and not (run / "tokenizer.json").exists():
        recipe.train_tokenizer(run)
    if task == "data" and arguments.gpu:
        recipe.gpu_files(run, arguments.share)
    elif task in ("data", "all"):
        recipe.data_files(run, range(len(recipe.STAGES)), arguments.share)
    if task in ("train", "all") and not recipe.train(run, arguments.threads, arguments.share):
        print("Stopped. The same command goes on from here.")
        return
    if task == "further" and not recipe.train_further(run, arguments.threads, arguments.share):
        print("Stopped. The same command goes on from here.")
        return
    if task in ("export", "all"):
        recipe.write_model(run, arguments.model)
        logs = [run / f"stage{number}" / "log.jsonl" for number in range(len(recipe.STAGES))]
        card.plot_losses([log for log in logs if log.exists()], arguments.model / "loss.svg")
    if task in ("eval", "all"):
        _evaluate(arguments.model, arguments.quick)
    if task == "messages":
        writer = Writer(arguments.model)
        print(messages.table(messages.replies(writer, BLIND_MESSAGES if arguments.blind else MESSAGES)))
    if task in ("samples", "eval", "all"):
        bundled = arguments.model.resolve() == recipe.DEMO
        samples.write(
            Writer(arguments.model, cut_first=True),
            (recipe.REPOSITORY / "training" if bundled else arguments.model) / "samples.md",
        )


if __name__ == "__main__":
    main()
