"""The training recipe of the bundled demo model: which data, in which order, at which learning rates."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training import data_cache, tokenizer
from training.embedding import spread_checkpoint
from training.grammar import mixture
from training.model import LARGER, Network, Shape, export, shape_of
from training.tokens import Tokens
from training.train import Plan, Trainer

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO = REPOSITORY / "models" / "demo"
RUNS = REPOSITORY / "training" / "runs"
TOKENIZER_SEED = 7
TOKENIZER_DOCUMENTS = 1500


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the run: its mixture, its seed and its share of the learning-rate curve.

    Before a stage with `spread`, rare tokens are separated (`training.embedding`).
    """

    mixture: str
    plan: Plan
    spread: bool = False


STAGES = (
    Stage("dense", Plan(tokens=900_000, length=256, batch=1024, rate=2e-3, seed=1, start=0.0, end=0.07)),
    Stage("mixed", Plan(tokens=600_000, length=512, batch=1024, rate=2e-3, seed=2, start=0.07, end=0.12)),
    Stage("mixed", Plan(tokens=4_000_000, length=768, batch=1536, rate=2e-3, seed=3, start=0.12, end=0.44)),
    Stage("aimed", Plan(tokens=6_000_000, length=768, batch=1536, rate=2e-3, seed=4, start=0.44, end=1.0)),
    Stage("polished", Plan(tokens=1_900_000, length=768, batch=1536, rate=2e-3, seed=5, start=0.68, end=1.0)),
    Stage("balanced", Plan(tokens=4_250_000, length=768, batch=1536, rate=2e-3, seed=6, start=0.35, end=0.6)),
    Stage("balanced", Plan(tokens=3_500_000, length=768, batch=1536, rate=2e-3, seed=7, start=0.45, end=0.72), True),
    Stage("finished", Plan(tokens=3_600_000, length=768, batch=1536, rate=2e-3, seed=8, start=0.7, end=1.0)),
    Stage("broad", Plan(tokens=3_300_000, length=768, batch=1536, rate=2e-3, seed=9, start=0.4, end=0.53)),
    Stage("broad", Plan(tokens=4_600_000, length=768, batch=1536, rate=2e-3, seed=10, start=0.53, end=0.76)),
    Stage("last", Plan(tokens=6_400_000, length=768, batch=1536, rate=2e-3, seed=11, start=0.76, end=1.0)),
    Stage("kept", Plan(tokens=1_970_000, length=768, batch=1536, rate=2e-3, seed=12, start=0.82, end=1.0)),
    Stage("played", Plan(tokens=6_000_000, length=768, batch=1536, rate=2e-3, seed=13, start=0.55, end=0.79)),
    Stage("informed", Plan(tokens=3_000_000, length=768, batch=1536, rate=2e-3, seed=14, start=0.79, end=1.0)),
    Stage("steady", Plan(tokens=6_000_000, length=768, batch=1536, rate=2e-3, seed=15, start=0.55, end=0.78)),
    Stage("settled", Plan(tokens=5_000_000, length=768, batch=1536, rate=2e-3, seed=16, start=0.72, end=1.0)),
    Stage("recalled", Plan(tokens=2_000_000, length=768, batch=1536, rate=4e-4, seed=17, start=0.5, end=1.0)),
)
"""Dense copying first, short windows first; then all topics, with windows as long as a chat of ten turns and more. What
is hard has more room after that: questions on a text, characters, facts, Chinese and Japanese (texts are short
documents: with a fifth of the documents they had only a fifteenth of the tokens). Then rare tokens are set apart, and
names made of the rarest are practised; then comes what the rest had left weak, questions above all that nothing said
before answers. The end is a third of all tokens on everything, with as many different texts to be asked about as there
are: the kinds of sentences decide, not their number; then, things told that much other talk must not drown; at last
scenes, characters and what people ask, one half, beside all of the rest; and, while the rate falls to its end, three
quarters of what came before, because a high rate had cost names, facts and texts more than the new kinds had gained.
The last stage wins back numbers and pets told in unusual words.
"""

FURTHER = next(number for number, stage in enumerate(STAGES) if stage.mixture == "played")
"""`python -m training further` goes through the stages from here on, beginning with exported weights."""
BLEND = 0.85
"""What is exported lies this far on the way from the weights before `FURTHER` to those at the end: names in unusual
words, which the last stages had dulled, come back, and the new skills stay.
"""
GPU_PARTS, GPU_TOKENS, GPU_SEED = 8, 11_000_000, 31
"""Files of one mixture for a training from the start in a few minutes: 88 million tokens, a third of them scenes,
characters and lore, a sixth everyday messages.
"""
WARMUP = 60
"""Steps in which Adam learns its averages, when weights come without them."""
SHAPE = Shape()


def load_tokenizer(folder: Path = DEMO) -> Tokenizer:
    """Return the tokenizer of a run, or the bundled one."""
    return tokenizer.load(folder / "tokenizer.json")


def train_tokenizer(run: Path) -> None:
    """Train a run's tokenizer on the grammar and the corpora. Weights work only with their own tokenizer."""
    rng = random.Random(TOKENIZER_SEED)
    documents = [mixture.document(rng, "mixed").text for _ in range(TOKENIZER_DOCUMENTS)]
    run.mkdir(parents=True, exist_ok=True)
    tokenizer.train(tokenizer.texts(documents)).save(str(run / "tokenizer.json"))


def data_files(run: Path, numbers: Sequence[int], share: float = 1.0) -> list[Path]:
    """Build the token files of some stages, unless they exist and are current."""
    return data_cache.files([_order(run, number, int(STAGES[number].plan.tokens * share)) for number in numbers])


def gpu_files(run: Path, share: float = 1.0) -> list[Path]:
    """Build the token files for a training on a GPU (`training.gpu`), unless they exist and are current."""
    tokens, folder, vocabulary = int(GPU_TOKENS * share), run / "gpu_data", run / "tokenizer.json"
    return data_cache.files(
        [
            data_cache.Order(folder / f"part{seed}-{tokens}.npz", vocabulary, "whole", tokens, seed)
            for seed in range(GPU_SEED, GPU_SEED + GPU_PARTS)
        ]
    )


def _order(run: Path, number: int, tokens: int) -> data_cache.Order:
    stage, path = STAGES[number], run / "data" / f"stage{number}-{tokens}.npz"
    return data_cache.Order(path, run / "tokenizer.json", stage.mixture, tokens, stage.plan.seed)


def train(run: Path, threads: int, share: float = 1.0) -> bool:
    """Train all stages, each from the one before; an interrupted run is resumed. Return whether it is finished.

    Args:
        run: the directory with the tokenizer and one folder per stage.
        threads: CPU threads.
        share: the fraction of the tokens to train on, to try the recipe quickly.

    """
    large = torch.cuda.is_available()
    share *= 10 if large else 1
    before: Path | None = None
    files = data_files(run, range(len(STAGES)), share)
    for number, stage in enumerate(STAGES):
        plan = replace(stage.plan, tokens=int(stage.plan.tokens * share), threads=threads)
        folder = run / f"stage{number}"
        if before and stage.spread and not (folder / "checkpoint.pt").exists():
            before = spread_checkpoint(before, files[:number], folder / "spread.pt")
        trainer = Trainer(folder, plan, LARGER if large else SHAPE, before)
        trainer.train(Tokens.load(files[number]))
        if trainer.stop:
            return False
        before = trainer.checkpoint
    return True


def train_further(run: Path, threads: int, share: float = 1.0, model: Path = DEMO) -> bool:
    """Train the last stages alone, from a model's exported weights, which come without momentum."""
    values = torch.load(model / "demo.pth", weights_only=True)
    parameters = {name: value.float() for name, value in values.items() if name != "head.weight"}
    run.mkdir(parents=True, exist_ok=True)
    before = run / "begin.pt"
    torch.save({"parameters": parameters}, before)
    if not (run / "tokenizer.json").exists():
        shutil.copyfile(model / "tokenizer.json", run / "tokenizer.json")
    numbers = range(FURTHER, len(STAGES))
    for number, file in zip(numbers, data_files(run, numbers, share), strict=True):
        plan = STAGES[number].plan
        warmup = WARMUP if number == FURTHER else 0
        plan = replace(plan, tokens=int(plan.tokens * share), threads=threads, warmup=warmup)
        trainer = Trainer(run / f"stage{number}", plan, SHAPE, before)
        trainer.train(Tokens.load(file))
        if trainer.stop:
            return False
        before = trainer.checkpoint
    return True


def write_model(run: Path, folder: Path) -> None:
    """Export the end of a run: its tokenizer, and a ``demo.pth`` in float16 that any RWKV-7 program loads."""
    parameters = _parameters(run / f"stage{len(STAGES) - 1}" / "checkpoint.pt")
    before = next(
        (path for path in (run / "begin.pt", run / f"stage{FURTHER - 1}" / "checkpoint.pt") if path.exists()), None
    )
    if before is not None:
        parameters = blended(_parameters(before), parameters, BLEND)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "tokenizer.json", folder / "tokenizer.json")
    torch.save(export(Network(shape_of(parameters), parameters), torch.float16), folder / "demo.pth")


def _parameters(checkpoint: Path) -> dict[str, torch.Tensor]:
    parameters: dict[str, torch.Tensor] = torch.load(checkpoint, weights_only=True)["parameters"]
    return parameters


def blended(
    before: Mapping[str, torch.Tensor], after: Mapping[str, torch.Tensor], part: float
) -> dict[str, torch.Tensor]:
    """The weights at `part` of the way from `before` to `after`."""
    return {name: value + part * (after[name] - value) for name, value in before.items()}
