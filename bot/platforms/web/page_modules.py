"""The modules the page needs at once, for preload links: without these, browsers find them one import at a time."""

import re
from functools import cache
from pathlib import Path, PurePosixPath

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r"""\b(?:from|import) ?["']\./([^"']+)["']""")


@cache
def modules_of(name: str) -> tuple[str, ...]:
    """Return a module and all its static imports, largest first; dynamic imports are loaded on demand."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        source = (STATIC / module).read_text(encoding="utf-8")
        waiting += [(PurePosixPath(module).parent / other).as_posix() for other in _IMPORT.findall(source)]
    return tuple(sorted(found, key=lambda each: (-(STATIC / each).stat().st_size, each)))
