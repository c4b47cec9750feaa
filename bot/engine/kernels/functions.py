"""Exponentials in float32 that the compiler can vectorise; those of the C library cannot be."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from bot.engine.kernels.compiling import compiled


def _float_from_bits(typing_context: Any, bits: Any) -> tuple[Any, Any]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen


float_from_bits: Any = intrinsic(_float_from_bits)

_LOG2_E = np.float32(1.44269504088896341)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)  # their sum is ln 2; the first has few bits
_LOWEST, _HIGHEST = np.float32(-87.0), np.float32(88.0)  # beyond these, float32 would leave its normal range


@compiled
def exp(x: Any) -> Any:
    """e^x to 2 units in the last place, for float32 ``x``; clamped to e^-87 ... e^88; NaN stays NaN.

    x = n ln 2 + r with |r| <= ln 2 / 2, and a polynomial of degree 6 for e^r (Cephes, expf).
    """
    clamped = np.float32(min(max(x, _LOWEST), _HIGHEST))
    n = np.floor(clamped * _LOG2_E + np.float32(0.5))
    r = clamped - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    power = float_from_bits(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))
    return p * power + (x - x)  # x - x is NaN where x is NaN or infinite, and 0 elsewhere


@compiled
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x) in float32."""
    return np.float32(1) / (np.float32(1) + exp(-x))
