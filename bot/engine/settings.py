"""What the engine is built from. Free of torch, so that configuration can make it without loading anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The settings of one engine; ``loader.build_engine`` turns them into a worker."""

    model: Path  # .pth or .safetensors
    tokenizer: Path | None = None  # None: chosen by the model's vocabulary size
    strategy: str = "cpu fp32"  # as the `rwkv` package writes it: "cpu bf16", "cuda fp16", "cuda:1 bf16" ...
    state_precision: Literal["", "fp16", "fp32"] = ""  # of the states on CUDA; "": that of the strategy, never bf16
    tuned_state: Path | None = None  # initial state from state tuning
    rows: int = 32  # replies written at once; each costs one state of memory
    queue_limit: int = 64  # requests that may wait for a row
    latency_ms: float = 100.0  # reading a prompt delays the replies being written by no more than this
    prefill_chunk: int = 1024  # tokens; the most that is read in one step, whoever waits
    guess_ahead: bool = True  # few replies on a CPU are guessed ahead; the text is the same
    forced_at_once: bool = True  # what a reply has to write whatever the model says is read in one pass
    timeout: float | None = 300.0  # seconds for a request that names none; None: no limit
    threads: int = 0  # of the CPU; 0: one for each core
