"""Compile the CPU's kernels now, so that nobody waits for it later: ``python -m bot.engine.kernels.warmup``."""

import time
from collections.abc import Sequence

import torch

VERSIONS = ("7", "6", "5.2", "4")
PRECISIONS = ("bf16", "int8", "fp32")


def warm_up(versions: Sequence[str] = VERSIONS, precisions: Sequence[str] = PRECISIONS) -> float:
    """Run tiny models of these versions in these precisions; returns the seconds that it took.

    What is compiled is kept on disk (see :mod:`.compiling`): the first time takes a minute or two, later ones a few
    seconds. Of versions before the first only the first precision is compiled, of the others at their first use.
    """
    from bot.engine.model import random_model

    start = time.perf_counter()
    for version in versions:
        for precision in precisions if version == versions[0] else precisions[:1]:
            model = random_model(version, "tiny", f"cpu {precision}")
            model.forward(torch.tensor([1, 2, 3]), [2, 1], model.new_state(2), [0, 1])
    return time.perf_counter() - start


if __name__ == "__main__":
    print("compiling the kernels, once (a minute or two)", flush=True)
    print(f"kernels are ready ({warm_up():.0f} s)")
