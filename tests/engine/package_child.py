"""Run the `rwkv` package in a separate process: environment variables fix one model version per process.

``package_results`` starts ``python package_child.py MODEL OUT LONG``, which writes the package's logits and states for
fixed tokens to OUT.
"""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

PROMPT = 48  # tokens read at once, with logits for each
CHUNKS = (1, 5, 17, 1, 24)  # the same prompt in chunks
DECODED = 16  # tokens after the prompt, one by one


def token_list(count: int, vocab_size: int) -> list[int]:
    """The tokens that both sides read."""
    generator = torch.Generator().manual_seed(7)
    tokens: list[int] = torch.randint(0, vocab_size, (count,), generator=generator).tolist()
    return tokens


def package_results(model: Path, version: str, long: int = 0) -> dict[str, Tensor]:
    """Return the package's results for a model file: PROMPT, CHUNKS and DECODED tokens, or ``long`` tokens at once."""
    environment = os.environ | {
        "RWKV_JIT_ON": "0",
        "RWKV_CUDA_ON": "0",
        "RWKV_V7_ON": "1" if version.startswith("7") else "0",
        "RWKV_DE_VERSION": "1" if version == "7a" else "0",
        "OMP_NUM_THREADS": "1",
    }
    out = model.with_suffix(f".{long}.safetensors")
    subprocess.run(
        [sys.executable, __file__, str(model), str(out), str(long)], env=environment, check=True, timeout=480
    )
    return load_file(out)


def flat(state: list[Tensor]) -> dict[str, Tensor]:
    return {f"state.{index}": tensor.clone() for index, tensor in enumerate(state)}


def run(path: Path, long: int) -> dict[str, Tensor]:
    from rwkv.model import RWKV

    version7 = os.environ["RWKV_V7_ON"] == "1"
    model = RWKV(str(path.with_suffix("")) if version7 else str(path), "cpu fp32")
    vocab_size = torch.load(path, weights_only=True)["emb.weight"].shape[0]
    tokens = token_list(max(PROMPT + DECODED, long), vocab_size)
    logits, state = model.forward(tokens[: long or PROMPT], None, full_output=True)
    out = {"prompt": logits.clone(), **flat(state)}
    if long:
        return out
    state, begin = None, 0
    for size in CHUNKS:
        logits, state = model.forward(tokens[begin : begin + size], state)
        begin += size
    out["chunked"] = logits.clone()
    rows = []
    for token in tokens[PROMPT : PROMPT + DECODED]:
        logits, state = model.forward([token], state)
        rows.append(logits.clone())
    return out | {"decoded": torch.stack(rows)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    with contextlib.redirect_stdout(io.StringIO()):
        result = run(Path(sys.argv[1]), int(sys.argv[3]))
    save_file({name: tensor.contiguous() for name, tensor in result.items()}, sys.argv[2])
