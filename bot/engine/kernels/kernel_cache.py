"""Numba's cache on disk, without the part of numba that only compiling needs."""

from typing import Any

from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys


class KernelCache(FunctionCache):
    """Loads compiled functions before numba has declared its library, which takes 0.2 s and is needed to compile."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # the memory manager, for arrays that kernels allocate
        with self._guard_against_spurious_io_errors():
            loaded = self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]  # numba has few types
        if loaded is None:
            loaded = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]  # as above
        return loaded
