"""Numba's cache on disk, without the part of numba that only compiling needs."""

from typing import Any

from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys


class KernelCache(FunctionCache):  # type: ignore[misc]  # numba has no types
    """Loads compiled functions before numba has declared its library, which takes 0.2 s and is needed to compile."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            loaded = self._load_overload(sig, target_context)
        return super().load_overload(sig, target_context) if loaded is None else loaded
