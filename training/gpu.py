"""Train a wider model on a CUDA device that is at hand for some minutes: ``python -m training.gpu --seconds N``.

It reads the token files of `RUN/gpu_data` and needs torch, Triton, numba and numpy only. This process starts another
that trains, and again if it fails: from the last checkpoint, with the plain form of the recurrence and half the windows
at once. Every thirty seconds the weights go to `--out`, in parts of 15 MiB at most, with the log.
`cat demo.pth.?? >demo.pth` joins them. Whatever ends the run, the last ones are there.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch

from training.kernel_check import FORMS, form_named
from training.model import LARGER, Network, export
from training.tokens import Tokens, joined
from training.train import Plan, Trainer

PLAN = Plan(tokens=300_000_000, length=768, batch=49_152, rate=4e-3, seed=21, micro=49_152, warmup=60)
"""Sixty-four windows a step, 6,100 steps. For its gradient a token of the larger model keeps 0.33 MB, a step 16 GB."""
RUN = Path(__file__).with_name("runs") / "demo"
PART = 15 << 20
ATTEMPTS = 4
CHECK_SECONDS = 120


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.gpu", description=__doc__)
    add = parser.add_argument
    add("--run", type=Path, default=RUN, help="directory with gpu_data/*.npz (default: %(default)s)")
    add("--out", type=Path, help="where the weights go every 30 s (default: RUN/out)")
    add("--seconds", type=float, default=360.0, help="end after this time; 0: train on --tokens (default: %(default)s)")
    add("--tokens", type=int, default=PLAN.tokens, help="end after so many tokens (default: %(default)s)")
    add("--seed", type=int, default=PLAN.seed, help="of the first weights and the order (default: %(default)s)")
    add("--width", type=int, default=LARGER.width, help="a multiple of 64 (default: %(default)s)")
    add("--layers", type=int, default=LARGER.layers, help="(default: %(default)s)")
    add("--batch", type=int, default=PLAN.batch, help="tokens a step (default: %(default)s)")
    add("--rate", type=float, default=PLAN.rate, help="highest learning rate (default: %(default)s)")
    add("--begin-from", type=Path, metavar="FILE", help="exported weights, instead of fresh ones")
    add("--form", choices=FORMS, help=argparse.SUPPRESS)  # given to the process that trains
    add("--at-once", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Train here if a form is given, else watch over processes that do; return the exit status."""
    options = _parser().parse_args(arguments)
    folder = options.run / "gpu_data"
    files = sorted(folder.glob("*.npz"))
    if not files:
        command = f"python -m training data --gpu --run {options.run}"
        print(f"no token files in {folder}: run `{command}` first", file=sys.stderr)
        return 2
    parts = [path.name.partition("-")[0] for path in files]
    if len(set(parts)) < len(parts):
        print(f"{folder} has several files of one part: remove those of another --share", file=sys.stderr)
        return 2
    if options.form:
        return _train(options, files)
    return _Watch(arguments, options.seconds, options.batch).run()


class _Watch:
    """Starts the process that trains, and again with less if it fails."""

    def __init__(self, arguments: Sequence[str], seconds: float, batch: int) -> None:
        self._arguments, self._seconds, self._batch = arguments, seconds, batch
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._began = time.monotonic()
        signal.signal(signal.SIGTERM, self._stop)

    def run(self) -> int:
        """Return 0 if a process came to its end."""
        form = usable_form()
        for attempt in range(ATTEMPTS):
            if self._stopped:  # during the check
                return 1
            status = self._attempt(form, self._batch >> attempt)
            if status == 0 or self._stopped:
                return status
            print(
                f"the training ended with status {status}; it goes on in the plain form, with less at once", flush=True
            )
            form = "chunked"
        return 1

    def _attempt(self, form: str, at_once: int) -> int:
        left = max(self._seconds - (time.monotonic() - self._began), 1.0) if self._seconds else 0.0
        given = ["--seconds", str(left), "--form", form, "--at-once", str(at_once)]
        with subprocess.Popen([sys.executable, "-m", "training.gpu", *self._arguments, *given]) as self._process:
            return self._process.wait()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
        if self._process:
            self._process.terminate()


def usable_form() -> str:
    """Return "kernel" if the kernel computes here what the step form does, else "chunked"."""
    try:
        checked = subprocess.run(
            [sys.executable, "-m", "training.kernel_check", "kernel"], timeout=CHECK_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        checked = -1
    if checked != 0:
        print("the kernel cannot be used here; the slower form in plain torch is used instead", flush=True)
    return "chunked" if checked else "kernel"


def _train(options: argparse.Namespace, files: Sequence[Path]) -> int:
    plan = replace(
        PLAN, tokens=options.tokens, seconds=options.seconds, seed=options.seed, batch=options.batch, rate=options.rate,
        micro=max(options.at_once, PLAN.length),
    )  # fmt: skip
    run: Path = options.run / "gpu"
    begin = _checkpoint(options.begin_from, run) if options.begin_from else None
    shape = replace(LARGER, width=options.width, layers=options.layers)
    trainer = Trainer(run, plan, shape, begin, form_named(options.form))
    out: Path = options.out or options.run / "out"
    print(f"{sum(p.numel() for p in trainer.network.parameters()) / 1e6:.1f} M parameters, {options.form}", flush=True)

    def saved() -> None:
        publish(trainer.network, run / "log.jsonl", out)

    before = trainer.steps
    trainer.train(joined([Tokens.load(path) for path in files]), log_every=10.0, save_every=30.0, saved=saved)
    if trainer.steps == before > 0:  # it had come to its end, perhaps without giving its weights
        saved()
    return 0


def _checkpoint(weights: Path, run: Path) -> Path:
    """Write exported weights as a checkpoint to begin from."""
    values = torch.load(weights, weights_only=True)
    run.mkdir(parents=True, exist_ok=True)
    path = run / "begin.pt"
    torch.save({"parameters": {name: value.float() for name, value in values.items() if name != "head.weight"}}, path)
    return path


def publish(network: Network, log: Path, out: Path) -> None:
    """Write the weights in half precision as parts, their digest and the log; each file whole, one after another."""
    out.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    values = {name: value.cpu() for name, value in export(network, torch.float16).items()}
    values["head.weight"] = values["emb.weight"]  # stored once
    torch.save(values, buffer)
    data = buffer.getvalue()
    parts = [data[i : i + PART] for i in range(0, len(data), PART)]
    for number, part in enumerate(parts):
        (out / f"part{number}.partial").write_bytes(part)
    for number in range(len(parts)):
        (out / f"part{number}.partial").replace(out / f"demo.pth.{number:02}")
    for path in out.glob("demo.pth.??"):  # of a larger model
        if int(path.suffix[1:]) >= len(parts):
            path.unlink()
    shutil.copyfile(log, out / "log.jsonl")
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(f'{{"sha256": "{hashlib.sha256(data).hexdigest()}", "parts": {len(parts)}}}\n')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
