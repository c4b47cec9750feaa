"""The engine's settings. Free of torch, so that the configuration can be read without loading anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The settings of one engine; ``loader.build_engine`` turns them into a worker."""

    model: Path  # .pth or .safetensors
    tokenizer: Path | None = None  # None: chosen by the model's vocabulary size
    strategy: str = "cpu fp32"  # in the notation of the `rwkv` package: "cpu bf16", "cuda fp16", "cuda:1 bf16" ...
    state_precision: Literal["", "fp16", "fp32"] = ""  # of the states on CUDA; "": that of the strategy, never bf16
    tuned_state: Path | None = None  # initial state from state tuning
    rows: int = 32  # replies written at once; each needs the memory of one state
    queue_limit: int = 64  # requests that may wait for a row
    latency_ms: float = 100.0  # the most that reading a prompt may delay the replies being written
    prefill_chunk: int = 1024  # tokens; the most to read in one step, even if no reply is waiting
    guess_ahead: bool = True  # guess ahead for few replies on a CPU; the text is the same
    forced_at_once: bool = True  # read tokens that a reply must write whatever the model predicts in one pass
    timeout: float | None = 300.0  # seconds, for requests that set none; None: no limit
    threads: int = 0  # CPU threads; 0: one per core
