"""Regular expression keys, matched by RE2 in linear time. Features that RE2 lacks are rejected."""

import re
from dataclasses import dataclass
from functools import lru_cache

import re2

MAX_CHARACTERS = 500
MEMORY = 1 << 20  # bytes per compiled pattern
WRITTEN = re.compile(r"/((?:[^/\\]|\\.)+)/([a-z]*)", re.DOTALL)  # slashes within are escaped
FLAGS = {"i": "i", "m": "m", "s": "s", "g": "", "u": "", "y": "", "v": "", "d": ""}  # JavaScript's -> RE2's
CODE_POINT = re.compile(r"\\u(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{4}))")


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """A key's compiled pattern, or the problem with it. An invalid pattern matches nothing."""

    source: str
    compiled: "re2._Regexp | None"
    problem: str = ""

    def count(self, text: str) -> int:
        """Return 1 if the pattern is found, else 0."""
        return 0 if self.compiled is None else int(self.compiled.search(text) is not None)


def is_pattern(key: str) -> bool:
    """Return whether a key is written as a pattern: /like this/i."""
    match = WRITTEN.fullmatch(key.strip())
    return match is not None and set(match[2]) <= FLAGS.keys()


@lru_cache(maxsize=2_000)
def key_pattern(key: str, *, case_sensitive: bool = False) -> KeyPattern:
    """Compile the pattern of a key, with or without slashes."""
    match = WRITTEN.fullmatch(key.strip()) if is_pattern(key) else None
    source, letters = (match[1], match[2]) if match else (key, "" if case_sensitive else "i")
    if len(source) > MAX_CHARACTERS:
        return KeyPattern(key, None, f"longer than {MAX_CHARACTERS} characters")
    flags = "".join(sorted({FLAGS[letter] for letter in letters}))
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        text = CODE_POINT.sub(lambda code: f"\\x{{{code[1] or code[2]}}}", source)
        return KeyPattern(key, re2.compile(f"(?{flags}){text}" if flags else text, options))
    except re2.error as error:
        reason = error.args[0] if error.args else "invalid"
        problem = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return KeyPattern(key, None, problem[:120])
