"""The training loop: a run directory holds the checkpoint and the log, and an interrupted run is resumed."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch

from training.model import Network, Recurrence, Shape, shape_of
from training.optimizer import Optimizer, schedule
from training.tokens import Tokens
from training.windows import ahead, batches


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage of a run.

    `length` is the window in tokens, `batch` the tokens per step, `micro` the tokens processed at once. The rate falls
    by cosine over `tokens` tokens; `start` is the point on that curve where the stage begins (a fraction). Over the
    first `warmup` steps it rises to that curve, for weights that come without the optimizer's momentum. With
    `seconds`, the run ends after that time at the latest, and the rate follows time or tokens, whichever is further
    along: for a machine that is available only for minutes.
    """

    tokens: int
    length: int
    batch: int
    rate: float
    seed: int
    micro: int = 2304
    threads: int = 1
    start: float = 0.0
    end: float = 1.0
    warmup: int = 0
    seconds: float = 0.0


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products are faster than float32 ones: on a CPU only with AVX512-BF16 (1.6 times)."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


class Trainer:
    """Trains a network by a plan; `run` is the directory of its checkpoint and log."""

    def __init__(
        self, run: Path, plan: Plan, shape: Shape, begin_from: Path | None = None, recurrence: Recurrence | None = None
    ) -> None:
        """Resume the run's checkpoint, else start from the checkpoint `begin_from`, else from fresh weights.

        `recurrence` is the form of it that is used; None is the fastest for the device.
        """
        torch.manual_seed(plan.seed)
        torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(plan.threads)
        self.run, self.plan, self.device = run, plan, _device()
        self.mixed = _has_bfloat16(self.device)
        self.tokens_seen = self.steps = 0
        self.done_before = 0.0
        self.began = time.monotonic()
        self.stop = False
        run.mkdir(parents=True, exist_ok=True)
        self.checkpoint = run / "checkpoint.pt"
        resumed = self.checkpoint.exists()
        source = self.checkpoint if resumed else begin_from
        saved = torch.load(source, weights_only=True) if source else None
        parameters = saved["parameters"] if saved else None
        shape = shape if parameters is None else shape_of(parameters)
        self.network = Network(shape, parameters, recurrence).to(self.device)
        self.optimizer = Optimizer(self.network, plan.rate)
        if saved and "optimizer" in saved:
            self.optimizer.load(saved["optimizer"])
        if saved and resumed:
            self.tokens_seen, self.steps = saved["tokens_seen"], saved["steps"]
            self.done_before = saved.get("done", 0.0) if plan.seconds else 0.0

    def save(self) -> None:
        """Write the checkpoint atomically; if killed meanwhile, the old one remains."""
        parameters = {name: value.detach().cpu() for name, value in self.network.named().items()}
        state = {
            "parameters": parameters,
            "optimizer": self.optimizer.state(),
            "tokens_seen": self.tokens_seen,
            "steps": self.steps,
            "done": self.share(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def share(self) -> float:
        """The fraction of the plan that is done; a resumed run has `seconds` for what was left."""
        elapsed = (time.monotonic() - self.began) / self.plan.seconds if self.plan.seconds else 0.0
        return max(self.done_before + (1 - self.done_before) * elapsed, self.tokens_seen / self.plan.tokens)

    def step(self, tokens: torch.Tensor, weights: torch.Tensor) -> tuple[float, float]:
        """Take one optimizer step on a batch; return the loss per unit of weight and the gradient's norm.

        The rows are divided among the threads in parts of at most `micro` tokens; the parts' gradients are added in
        order, so that the sum does not depend on which thread finishes first.
        """
        shared = -(-len(tokens) // self.plan.threads)
        rows = max(1, min(shared, self.plan.micro // self.plan.length))
        whole = float(weights.sum())
        pieces = (tokens[i : i + rows] for i in range(0, len(tokens), rows))
        shares = (weights[i : i + rows] / whole for i in range(0, len(tokens), rows))
        parts = list(self.pool.map(self._gradients, pieces, shares))
        for parameter, *gradients in zip(self.network.parameters(), *(gradient for _, gradient in parts), strict=True):
            parameter.grad = sum(gradients[1:], start=gradients[0])
        done = self.plan.start + (self.plan.end - self.plan.start) * self.share()
        rising = min(1.0, (self.steps + 1) / self.plan.warmup) if self.plan.warmup else 1.0
        loss = sum(loss for loss, _ in parts)
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss} at step {self.steps}; the last checkpoint is unaffected")
        norm = self.optimizer.step(rising * schedule(done))
        self.tokens_seen += weights.numel()
        self.steps += 1
        return loss, norm

    def _gradients(self, tokens: torch.Tensor, weights: torch.Tensor) -> tuple[float, tuple[torch.Tensor, ...]]:
        """Return the weighted loss of some rows and its gradient with respect to every parameter."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            loss, _ = self.network.loss(tokens.to(self.device), weights.to(self.device))
        return float(loss.detach()), torch.autograd.grad(loss, list(self.network.parameters()))

    def train(
        self,
        data: Tokens,
        log_every: float = 20.0,
        save_every: float = 180.0,
        saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Run the plan to its end, or until SIGTERM or SIGINT; the checkpoint is saved in either case.

        `saved` is called after every checkpoint.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        rows = self.plan.batch // self.plan.length
        began = logged = written = self.began = time.monotonic()
        seen_before = self.tokens_seen
        mean = 0.0
        with closing(ahead(batches(data, self.plan.length, rows, self.plan.seed + self.steps))) as source:
            while self.share() < 1.0 and not self.stop:
                loss, norm = self.step(*next(source))
                mean = loss if mean == 0.0 else 0.95 * mean + 0.05 * loss
                now = time.monotonic()
                if now - logged > log_every:
                    speed = (self.tokens_seen - seen_before) / (now - began)
                    self._log(loss=round(mean, 4), norm=round(norm, 3), tokens_per_second=round(speed))
                    logged = now
                if now - written > save_every:
                    self.save()
                    saved()
                    written = now
        if self.tokens_seen > seen_before:  # a finished stage logs nothing when the run is resumed
            self.save()
            self._log(loss=round(mean, 4), finished=not self.stop)
            saved()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop = True

    def _log(self, **values: float | bool) -> None:
        line = {"run": self.run.name, "step": self.steps, "tokens": self.tokens_seen, **values}
        share = min(1.0, self.share())
        bar = ("#" * int(30 * share)).ljust(30, ".")
        print(
            f"[{bar}] {100 * share:5.1f} %  " + "  ".join(f"{k} {v}" for k, v in line.items() if k != "run"), flush=True
        )
        with (self.run / "log.jsonl").open("a") as file:
            file.write(json.dumps(line | {"time": round(time.time())}) + "\n")
