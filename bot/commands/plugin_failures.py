"""Logging of plugin failures: one line in the terminal, the traceback in the log file."""

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """Return the error and where the plugin failed: ``NameError: name 'x' is not defined (dice.py, line 12)``."""
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    own = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{own}"[:500]


def details(error: BaseException) -> dict[str, str]:
    """Return the traceback, for the log file; a terminal shows only the message."""
    return {"details": "".join(traceback.format_exception(error))}
