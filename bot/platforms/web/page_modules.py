"""The modules that the page needs at once: named in its head, they need not be found one behind the other."""

import re
from functools import cache
from pathlib import Path, PurePosixPath

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r"""\b(?:from|import) ?["']\./([^"']+)["']""")


@cache
def modules_of(name: str) -> tuple[str, ...]:
    """A module and all that it imports, the largest first; what is imported by a call comes when it is needed."""
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
