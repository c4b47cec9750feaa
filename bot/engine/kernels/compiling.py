"""How the kernels are compiled: in parallel where told, free of the interpreter's lock, and cached on disk.

The cache lies in the user's cache folder, one folder for each state of the kernels' source: numba itself only sees
changes of the file that a function stands in, not of the functions it calls, and cannot cache where the package is
read-only. Sums may be reordered, so that they vectorise; infinities and NaN keep their meaning.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs

FAST = {"reassoc", "contract", "arcp", "nsz"}
KEEP_DAYS = 30
# Left alone, numba would also wake the threads to fill or copy a few numbers.
_IMPLICIT = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion")
_PRANGE_ONLY = {"prange": True} | dict.fromkeys(_IMPLICIT, False)

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile for one thread, at the first call or when a compiled caller is compiled."""
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")(function))


def parallel(function: _Function) -> _Function:
    """Compile with ``numba.prange`` loops, and nothing else, spread over the threads."""
    options: Any = {"cache": True, "nogil": True, "parallel": _PRANGE_ONLY, "fastmath": FAST, "error_model": "numpy"}
    return cast(_Function, numba.njit(**options)(function))


def _use_own_cache() -> None:
    """Point numba at the folder for this source, unless the user has chosen one; drop those of old sources."""
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
        folder = Path(tempfile.mkdtemp(prefix="roost-kernels-"))  # compiled anew at each start, but it runs
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]  # numba fills this module in when it is imported


# How long a thread that has nothing to do spins before it sleeps (GNU OpenMP; read when numba loads it). The default,
# milliseconds, takes the processor from the very thread that is waited for when the machine has other work.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
_use_own_cache()
