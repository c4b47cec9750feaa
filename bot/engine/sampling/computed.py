"""Wrap the output of a model as logits for the sampler."""

import numpy as np

from bot.engine.arrays import AnyArray, host_array
from bot.engine.kernels.compiling import why_not
from bot.engine.sampling.host_logits import HostLogits
from bot.engine.sampling.logits import Logits


def logits_of(numbers: AnyArray) -> Logits:
    """Wrap logits computed by a model, wherever they are stored."""
    if isinstance(numbers, np.ndarray) or (numbers.device.type == "cpu" and not why_not()):
        return HostLogits(host_array(numbers))
    from bot.engine.sampling.tensor_logits import TensorLogits

    return TensorLogits(numbers)
