"""The number formats of weights, activations and states, by their user-facing names."""

import ml_dtypes
import numpy as np

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = {"fp32": np.dtype(np.float32), "bf16": BFLOAT16, "fp16": np.dtype(np.float16)}
BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
EIGHT_BITS = ("int8", "w8a8")  # weights as integers with scales; w8a8 rounds what they multiply to 8 bits as well


def precision_of(dtype: np.dtype[np.generic]) -> str:
    """Return the name of a format; numpy's own name if it has no user-facing one."""
    names = {str(known): name for name, known in DTYPES.items()} | {"int8": "int8"}
    return names.get(str(dtype), str(dtype))
