"""The child process of rwkv_package.py: loads a model with the `rwkv` package and answers frames on its pipes."""

import contextlib
import os
import sys
from typing import IO, Any

import torch
from torch import Tensor

from bot.engine.models.rwkv_package import read_frame, write_frame


def main(path: str, strategy: str) -> None:
    """Serve until the pipe is closed."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the package's output must not get between the frames
    with contextlib.redirect_stdout(sys.stderr):
        try:
            model = _load(path, strategy)
        except Exception as error:
            write_frame(answers, {}, {"error": f"{type(error).__name__}: {error}"[:500]})
            return
        write_frame(answers, {})
        _serve(model, requests, answers)


def _load(path: str, strategy: str) -> Any:
    from rwkv.model import RWKV

    return RWKV(model=path, strategy=strategy, verbose=False)


def _serve(model: Any, requests: IO[bytes], answers: IO[bytes]) -> None:
    while True:
        try:
            tensors, _ = read_frame(requests)
        except EOFError:
            return
        try:
            write_frame(answers, _answer(model, tensors))
        except Exception as error:
            write_frame(answers, {}, {"error": f"{type(error).__name__}: {error}"[:500]})


def _answer(model: Any, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return logits (T, V) and the new state, each of its tensors (layers, ...) float32."""
    tokens = tensors.pop("tokens").tolist()
    names = _names(tensors)
    state = []
    for layer in range(len(tensors[names[0]])):
        place = model.strategy[layer]
        for name in names:
            dtype = place.atype if name.endswith("_x") else torch.float32  # the package keeps the rest in float32
            state.append(tensors[name][layer].to(place.device, dtype).contiguous())
    logits, state = model.forward(tokens, state, full_output=True)
    answer = {"logits": logits.float().reshape(len(tokens), -1).cpu()}
    for index, name in enumerate(names):
        answer[name] = torch.stack([tensor.float().cpu() for tensor in state[index :: len(names)]])
    return answer


def _names(tensors: dict[str, Tensor]) -> tuple[str, ...]:
    """The names of the state's tensors in the package's order."""
    return ("att_x", "aa", "bb", "pp", "ffn_x") if "pp" in tensors else ("att_x", "wkv", "ffn_x")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
