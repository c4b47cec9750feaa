"""How the kernels are compiled: free of the interpreter's lock, and cached on disk.

The cache lies in the user's cache folder, one folder for each state of the kernels' source: numba itself only sees
changes of the file that a function stands in, not of the functions it calls, and cannot cache where the package is
read-only. Sums may be reordered, so that they vectorise; infinities and NaN keep their meaning.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
import platformdirs

LOG = logging.getLogger(__name__)
FAST = {"reassoc", "contract", "arcp", "nsz"}
KEEP_DAYS = 30

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile for one thread, at the first call or when a compiled caller is compiled."""
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")(function))


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


def _why_not() -> str:
    """Why nothing can be compiled here; "" where it can."""
    if os.environ.get("ROOST_KERNELS") == "torch":
        return "ROOST_KERNELS is torch"
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # see above
        return "NUMBA_DISABLE_JIT is set"
    try:
        _identity(np.zeros(1, np.float32))
    except Exception as error:  # whatever a compiler may stumble over on a machine that nobody has tried
        return str(error).strip().split("\n")[0] or type(error).__name__
    return ""


def _identity(numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return numbers


_use_own_cache()
_identity = compiled(_identity)
WHY_NOT = _why_not()  # then plain torch computes, and what small loops there are run as Python
if WHY_NOT:
    numba.config.DISABLE_JIT = True  # type: ignore[attr-defined]  # see above
    LOG.warning("The CPU's kernels cannot be compiled here (%s): plain torch computes, several times slower.", WHY_NOT)
