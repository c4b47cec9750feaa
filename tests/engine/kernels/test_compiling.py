"""Importing the kernels has no side effects; the first use creates the cache."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(script: str, folder: Path) -> list[str]:
    """Return the lines that ``script`` prints, with the user's cache in ``folder``."""
    environment = os.environ | {"XDG_CACHE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    for name in ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "ROOST_KERNELS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=480
    )
    return done.stdout.splitlines()


def test_an_import_makes_no_folder_and_compiles_nothing(tmp_path: Path) -> None:
    script = """
import bot.engine.models.loading, bot.engine.serving.batch_engine
from bot.engine.kernels.work_queue import report
print(len(report.signatures))
"""
    assert run(script, tmp_path) == ["0"]
    assert list(tmp_path.iterdir()) == []


def test_the_first_use_makes_the_folder_and_drops_those_of_long_ago(tmp_path: Path) -> None:
    root = tmp_path / "roost" / "kernels"
    for name, when in (("old", 0), ("new", None)):
        (root / name).mkdir(parents=True)
        if when is not None:
            os.utime(root / name, (when, when))
    script = """
from bot.engine.kernels.compiling import why_not
from bot.engine.kernels.work_queue import new_queue, report
print(repr(why_not()))
report(new_queue(1), 0, 1)
"""
    assert run(script, tmp_path) == ["''"]
    folders = {path.name for path in root.iterdir()}
    assert "old" not in folders
    assert "new" in folders
    assert len(folders) == 2
    assert list(root.rglob("work_queue.report*.nbc")), "what was compiled lies on disk"


def test_what_cannot_be_compiled_runs_as_python(tmp_path: Path) -> None:
    script = """
import numba.core.dispatcher as d
def broken(*args, **named): raise RuntimeError("LLVM ERROR: this CPU is unknown\\nmore")
d.Dispatcher.compile = broken
from bot.engine.kernels.compiling import why_not
from bot.engine.sampling import dry, penalties
from bot.engine.kernels import functions, products
print(why_not())
print(type(functions.exp).__name__, type(products.exp).__name__)
"""
    assert run(script, tmp_path) == ["LLVM ERROR: this CPU is unknown", "function function"]
