"""How a plugin's failure is logged: one line in a terminal, the traceback in the log's file."""

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """``NameError: name 'x' is not defined (dice.py, line 12)``: where the plugin's own code failed."""
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    own = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{own}"[:500]


def details(error: BaseException) -> dict[str, str]:
    """The traceback, for the log's file; a terminal shows the line alone."""
    return {"details": "".join(traceback.format_exception(error))}
