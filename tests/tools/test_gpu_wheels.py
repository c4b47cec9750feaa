"""A machine without a network gets what the tests import."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = """
import sys, pytest
before = set(sys.modules)
import tests.conftest
for name in set(sys.modules) - before:
    if "site-packages" in (getattr(sys.modules[name], "__file__", None) or ""):
        print(name.partition(".")[0])
"""
THEIR_NEEDS = {"greenlet", "sortedcontainers", "typing_extensions"}  # fetched with them


def test_what_every_test_imports_is_fetched() -> None:
    listed = subprocess.run([sys.executable, "-c", LIST], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    imported = {name for name in listed.split() if not name.startswith("_")}
    assert {"sqlalchemy", "hypothesis"} <= imported
    fetched = set(re.findall(r"[\w-]+", (ROOT / "tools" / "gpu_wheels.sh").read_text(encoding="utf-8")))
    assert imported - fetched <= THEIR_NEEDS
