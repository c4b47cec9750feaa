from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.model import Shape
from training.optimizer import Optimizer, schedule
from training.tokens import Tokens
from training.train import Plan, Trainer

SHAPE = Shape(vocabulary=64, width=64, layers=2, rank_decay=8, rank_learning=8, rank_value=8, rank_gate=8)
PLAN = Plan(tokens=2048, length=32, batch=128, rate=3e-3, seed=1, micro=64)


def _copying() -> Tokens:
    """Documents of eight random tokens, repeated once."""
    rng = np.random.default_rng(0)
    halves = rng.integers(1, 64, (200, 8), dtype=np.uint16)
    ids = np.concatenate([halves, halves], axis=1).ravel()
    return Tokens(ids, np.full(len(ids), 10, np.uint8), np.arange(0, len(ids) + 1, 16))


def test_training_lowers_the_loss_and_writes_a_log(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, PLAN, SHAPE)
    tokens = torch.randint(1, 64, (4, 33), generator=torch.Generator().manual_seed(0))
    weights = torch.ones(4, 32)
    losses = [trainer.step(tokens, weights)[0] for _ in range(12)]
    assert losses[-1] < losses[0] - 0.05
    assert losses[0] == pytest.approx(np.log(64), abs=0.3)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    Trainer(tmp_path, replace(PLAN, tokens=1024), SHAPE).train(_copying())
    later = Trainer(tmp_path, PLAN, SHAPE)
    assert later.tokens_seen == 1024
    later.train(_copying())
    assert later.tokens_seen == 2048
    assert (tmp_path / "log.jsonl").read_text().count("\n") == 2


def test_the_next_stage_takes_weights_and_momentum_but_counts_anew(tmp_path: Path) -> None:
    first = Trainer(tmp_path / "one", PLAN, SHAPE)
    first.train(_copying())
    second = Trainer(tmp_path / "two", PLAN, SHAPE, first.checkpoint)
    assert second.tokens_seen == 0
    name = "blocks.0.att.key.weight"
    assert torch.equal(second.network.named()[name], first.network.named()[name])
    assert second.optimizer.state()["state"]


def test_w0_learns_twice_as_fast_and_only_matrices_decay(tmp_path: Path) -> None:
    network = Trainer(tmp_path, PLAN, SHAPE).network
    optimizer = Optimizer(network, 1e-3)
    groups = {id(p): group for group in optimizer.adam.param_groups for p in group["params"]}
    assert len(groups) == len(list(network.parameters()))
    assert groups[id(network.table["blocks/1/att/w0"])]["lr"] == 2e-3
    assert groups[id(network.table["blocks/1/ffn/key/weight"])]["weight_decay"] > 0
    assert groups[id(network.table["blocks/1/att/r_k"])]["weight_decay"] == 0


def test_a_token_that_is_not_there_hardly_moves(tmp_path: Path) -> None:
    """Its gradient is only the softmax's residue, a thousandth of the others'; plain Adam would take a full step."""
    network = Trainer(tmp_path, PLAN, SHAPE).network
    optimizer = Optimizer(network, 1e-3)
    before = network.table["emb/weight"].detach().clone()
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    gradient = torch.full_like(before, 1e-6)
    gradient[:32] = 1e-3
    network.table["emb/weight"].grad = gradient
    optimizer.step(1.0)
    moved = (network.table["emb/weight"].detach() - before).abs().mean(1)
    assert moved[:32].min() > 0.9e-3
    assert moved[32:].max() < 0.1e-3


def test_the_rate_rises_then_falls() -> None:
    assert schedule(0.0) < schedule(0.005) < schedule(0.01)
    assert schedule(0.01) == pytest.approx(1.0)
    assert schedule(0.5) > schedule(0.9) > schedule(1.0)
    assert schedule(1.0) == pytest.approx(0.05)


def test_weights_without_momentum_begin_with_a_rising_rate(tmp_path: Path) -> None:
    first = Trainer(tmp_path / "first", PLAN, SHAPE)
    parameters = {name: value.detach().clone() for name, value in first.network.named().items()}
    torch.save({"parameters": parameters}, tmp_path / "begin.pt")
    tokens = torch.randint(1, 64, (4, 33), generator=torch.Generator().manual_seed(0))
    moved = []
    for warmup in (0, 100):
        trainer = Trainer(tmp_path / f"{warmup}", replace(PLAN, warmup=warmup, start=0.5), SHAPE, tmp_path / "begin.pt")
        trainer.step(tokens, torch.ones(4, 32))
        change = [value.detach() - parameters[name] for name, value in trainer.network.named().items()]
        moved.append(sum(float(part.abs().sum()) for part in change))
    assert 0 < moved[1] < 0.05 * moved[0]


def test_products_in_bfloat16_give_nearly_the_same_loss(tmp_path: Path) -> None:
    tokens = torch.randint(1, 64, (4, 33), generator=torch.Generator().manual_seed(0))
    losses = []
    for mixed in (False, True):
        trainer = Trainer(tmp_path / f"{mixed}", PLAN, SHAPE)
        trainer.mixed = mixed
        losses.append(trainer.step(tokens, torch.ones(4, 32))[0])
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)


def test_time_ends_a_run_and_lowers_the_rate(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, replace(PLAN, tokens=10**9, seconds=0.5), SHAPE)
    trainer.train(_copying())
    assert 0 < trainer.tokens_seen < 10**9
    assert trainer.checkpoint.exists()
    assert trainer.share() >= 1.0


def test_a_resumed_run_has_its_time_for_what_was_left(tmp_path: Path) -> None:
    plan = replace(PLAN, tokens=10**9, seconds=10**6)
    trainer = Trainer(tmp_path, plan, SHAPE)
    trainer.began -= 0.75 * plan.seconds
    trainer.save()
    later = Trainer(tmp_path, plan, SHAPE)
    assert 0.75 <= later.share() < 0.76
    later.began -= 0.5 * plan.seconds
    assert 0.875 <= later.share() < 0.88


@pytest.mark.parametrize("place", ["loss", "gradient"])
def test_what_is_no_number_ends_a_run_and_the_last_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    trainer = Trainer(tmp_path, replace(PLAN, tokens=1024), SHAPE)
    trainer.train(_copying())
    kept = trainer.checkpoint.read_bytes()
    later = Trainer(tmp_path, PLAN, SHAPE)
    before = {name: value.detach().clone() for name, value in later.network.named().items()}
    right = later._gradients

    def wrong(tokens: torch.Tensor, weights: torch.Tensor) -> tuple[float, tuple[torch.Tensor, ...]]:
        loss, gradients = right(tokens, weights)
        return (float("nan"), gradients) if place == "loss" else (loss, tuple(g * float("inf") for g in gradients))

    monkeypatch.setattr(later, "_gradients", wrong)
    with pytest.raises(FloatingPointError, match="the last checkpoint is unaffected"):
        later.train(_copying())
    assert all(torch.equal(before[name], value) for name, value in later.network.named().items())
    assert trainer.checkpoint.read_bytes() == kept
