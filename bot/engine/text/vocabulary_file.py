"""Size limits of vocabulary files, and how they are read."""

from pathlib import Path

from bot.errors import ModelError

MAX_TOKENS = 1_000_000  # ids; each has an entry in several tables
MAX_BYTES = 64_000_000  # per file; the largest in use have 20 MB


def read_vocabulary(path: Path) -> str:
    """Read a file without its byte order mark; raises ``ModelError``, ``OSError`` or ``UnicodeDecodeError``."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ModelError(
            "{path} is too large for a vocabulary: {size} bytes, where at most {most} are read.",
            path=path,
            size=f"{size:,}",
            most=f"{MAX_BYTES:,}",
        )
    return path.read_text(encoding="utf-8-sig")
