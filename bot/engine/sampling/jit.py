"""How the sampler's loops are compiled: like the kernels, but assuming that no value is NaN."""

from collections.abc import Callable
from typing import TypeVar

from bot.engine.kernels.compiling import FAST, just_in_time

_Function = TypeVar("_Function", bound=Callable[..., object])

# Without NaN a maximum vectorises. Infinities keep their meaning, because banned tokens have logit -inf.
_FAST = FAST | {"nnan"}


def compiled(function: _Function) -> _Function:
    """Compile for one thread, at the first call."""
    return just_in_time(function, _FAST)


def compiled_strictly(function: _Function) -> _Function:
    """Do the same, but with signed zeros and true quotients: only sums may be reordered. Dividing by 0 is no error."""
    return just_in_time(function, {"reassoc", "contract", "nnan"}, "numpy")
