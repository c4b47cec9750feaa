"""How the sampler's loops are compiled: like the kernels', but for numbers that are known not to be NaN."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from bot.engine.kernels.compiling import _PRANGE_ONLY, FAST

_Function = TypeVar("_Function", bound=Callable[..., object])

# Without NaN a maximum vectorises. Infinities keep their meaning, for banned tokens have logit -inf.
_FAST = FAST | {"nnan"}


def compiled(function: _Function) -> _Function:
    """Compile for one thread, at the first call."""
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=_FAST)(function))


def parallel(function: _Function) -> _Function:
    """Compile with ``numba.prange`` loops, and nothing else, spread over the threads."""
    options: dict[str, Any] = {"parallel": _PRANGE_ONLY}  # numba's own annotations know only a bool
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=_FAST, **options)(function))
