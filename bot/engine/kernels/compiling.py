"""How the kernels are compiled: without the GIL, and cached on disk.

The cache is in the user's cache folder, with one subfolder for each version of the kernels' source: numba itself only
notices changes to the file that defines a function, not to the functions it calls, and cannot cache if the package is
read-only. Sums may be reordered, so that they vectorise; infinities and NaN keep their meaning.

Importing this module has no side effects: the first call of :func:`why_not` creates the folder and tries the compiler.
Anything compiled earlier is not cached on disk.
"""

import functools
import hashlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar, cast

import numba
import numpy as np
import platformdirs

from bot.engine.kernels.kernel_cache import KernelCache

LOG = logging.getLogger(__name__)
FAST = {"reassoc", "contract", "arcp", "nsz"}
KEEP_DAYS = 30

_Function = TypeVar("_Function", bound=Callable[..., object])


class _Dispatcher(Protocol):
    """The result of :func:`numba.njit`."""

    py_func: Callable[..., object]

    _cache: object


_dispatchers: list[_Dispatcher] = []  # not cached yet
_cached = False


def compiled(function: _Function) -> _Function:
    """Compile for one thread, at the first call or when a compiled caller is compiled."""
    return just_in_time(function, FAST, "numpy")


def just_in_time(
    function: _Function, fastmath: set[str], error_model: Literal["python", "numpy"] = "python"
) -> _Function:
    """Apply :func:`numba.njit` without the GIL, and cached."""
    if _disabled():
        return function
    dispatcher = cast(_Dispatcher, numba.njit(nogil=True, fastmath=fastmath, error_model=error_model)(function))
    if _cached:
        _cache_on_disk(dispatcher)
    else:
        _dispatchers.append(dispatcher)
    return cast(_Function, dispatcher)


@functools.cache
def why_not() -> str:
    """Why nothing can be compiled here; "" if it can. If not, plain torch computes, and small loops run as Python."""
    reason = _disabled() or _try()
    if reason:
        message = "The CPU's kernels cannot be compiled here (%s): plain torch computes, several times slower."
        LOG.warning(message, reason)
    return reason


def _disabled() -> str:
    if os.environ.get("ROOST_KERNELS") == "torch":
        return "ROOST_KERNELS is torch"
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba fills in this module on import
        return "NUMBA_DISABLE_JIT is set"
    return ""


def _try() -> str:
    global _cached
    _use_own_cache()
    try:
        for dispatcher in _dispatchers:
            _cache_on_disk(dispatcher)
        _cached = True
        just_in_time(_identity, FAST)(np.float32(0))
    except Exception as error:  # on an untested machine a compiler may raise anything
        _run_as_python()
        return str(error).strip().split("\n")[0] or type(error).__name__
    finally:
        _dispatchers.clear()
    return ""


def _cache_on_disk(dispatcher: _Dispatcher) -> None:
    """Cache what is compiled from now on in the folder that numba is currently configured with."""
    dispatcher._cache = KernelCache(dispatcher.py_func)  # type: ignore[no-untyped-call]  # like enable_caching()


def _use_own_cache() -> None:
    """Point numba at the folder for this source, unless the user has configured one; remove old folders."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    root = platformdirs.user_cache_path("roost") / "kernels"
    folder = root / digest
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        for other in root.iterdir():
            if time.time() - other.stat().st_mtime > KEEP_DAYS * 86400:
                shutil.rmtree(other, ignore_errors=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="roost-kernels-"))  # compiled again at each start, but works
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]  # see above


def _run_as_python() -> None:
    """Replace the compiled functions by plain Python ones in all modules of the engine."""
    numba.config.DISABLE_JIT = True  # type: ignore[attr-defined]  # see above
    plain = {id(dispatcher): dispatcher.py_func for dispatcher in _dispatchers}
    for module in [module for name, module in sys.modules.items() if name.startswith("bot.engine.")]:
        for name, value in list(vars(module).items()):
            if id(value) in plain:
                setattr(module, name, plain[id(value)])


def _identity(number: np.float32) -> np.float32:
    return number
