"""Parses TOML from outsiders."""

import re
import tomllib

MAX_PARTS = 64  # of a dotted key; tomllib takes quadratic time for them
PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?<![^\s\[{{,.]){PART}(?:[ \t]*+\.[ \t]*+{PART}){{{MAX_PARTS}}}")


def load_toml(text: str) -> dict[str, object]:
    """Parse ``text``. Raises ValueError, also for what is nested too deeply."""
    if LONG_KEY.search(text):
        raise ValueError("the file is nested too deeply")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("the file is nested too deeply") from None
