"""Whether this process is the only one that uses an SQLite database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

SHARED = (
    "Another Roost uses %s too. That is fine where each has channels of its own (shards); two that answer in the same"
    " channels make two branches of every conversation. Give them folders of their own with --data."
)


@contextmanager
def sharing(path: Path | None) -> Iterator[bool]:
    """Hold the database's lock file as long as the block runs. Whether nobody else did; then a warning is due."""
    if path is None or fcntl is None:
        yield True
        return
    try:
        file = path.with_name(path.name + ".lock").open("ab")
    except OSError:  # a disk that cannot be written: others cannot write there either
        yield True
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except OSError:
            alone = False
            log.warning(SHARED, path)
        yield alone
