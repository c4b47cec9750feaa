"""One way to compile the sampler's loops: typed for mypy, cached on disk, free of the interpreter's lock."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])

# Sums may be reordered (so that they vectorise), and no NaN reaches these loops. Infinities keep their meaning, for
# banned tokens have logit -inf.
_FAST = {"reassoc", "contract", "arcp", "nsz", "nnan"}


def compiled(function: _Function) -> _Function:
    """Compile ``function`` at its first call."""
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=_FAST)(function))
