"""The lowest versions that pyproject.toml allows: `python -m tools.lowest fastapi uvicorn` prints requirements."""

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def lowest(requirements: Iterable[str]) -> dict[str, str]:
    """The lower bound of each requirement that has one."""
    matches = (re.match(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", requirement) for requirement in requirements)
    return {match[1]: match[2] for match in matches if match}


def main(names: list[str]) -> int:
    """Print the lower bounds of ``names``; an unknown name is an error."""
    floors = lowest(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["dependencies"])
    for name in names:
        print(f"{name}=={floors[name]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
