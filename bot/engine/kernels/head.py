"""The end of every model on the CPU: residual, last norm and the product with the head."""

from typing import Any

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.products import multiplied, multiply
from bot.engine.kernels.token_shift import add, normalize
from bot.engine.kernels.work_queue import report, take, wait

HEAD_PHASES = 3


@compiled
def head(
    queue: Any, phase: int, x: Any, delta: Any, chosen: Any, norm: Any, product: Any, scratch: Any, logits: Any
) -> None:
    """Normalise the ``chosen`` tokens of ``x + delta`` and multiply by the head -> ``logits`` (chosen, V)."""
    count, done = chosen.shape[0], 0
    task = take(queue, phase, 1)
    while task < count:
        t = chosen[task]
        add(x[t], delta[t])
        normalize(x[t], norm[0], norm[1], scratch.y[0, task])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, count)
    multiply(queue, phase + 1, scratch.y[:, :count], product, scratch.rounding, logits)
    multiplied(queue, phase + 1, product)
