"""Lines are limited to 120 columns in all hand-written files."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WIDEST = 120
SUFFIXES = {".py", ".js", ".css", ".html", ".md", ".toml", ".txt", ".sh", ".ini", ""}
# Third-party code, data with one text per line, and generated files.
EXEMPT = ("bot/platforms/web/static/vendor/", "training/", "models/", "docs/commands.md", "LICENSE")
# Lines that cannot be wrapped: table rows, URLs, page texts, and checker directives.
WHOLE = re.compile(r"^\s*\||https?://\S{60}|# (?:noqa|type: ignore|fmt: skip)|^\s*\$\{t\(\"[^\"]+\"\)\}$")
# Files that still have too long lines, and how many; the numbers may only decrease.
WIDE: dict[str, int] = {}


@cache
def files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(EXEMPT)]
    return [Path(name) for name in names if Path(name).suffix in SUFFIXES and (ROOT / name).is_file()]


def wide_lines(name: Path) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [f"{name}:{number}" for number, line in enumerate(lines, 1) if len(line) > WIDEST and not WHOLE.search(line)]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a checkout knows which files are its own")
def test_no_line_is_wider() -> None:
    found = {str(name): wide_lines(name) for name in files()}
    assert [line for name, lines in found.items() if len(lines) > WIDE.get(name, 0) for line in lines] == []
    assert {name: len(found.get(name, [])) for name in WIDE} == WIDE, "fewer by now: lower the number"
